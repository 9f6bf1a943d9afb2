import type { Tollgate } from '../contract/tollgate.ts'
import { checkedOptions } from './callers.ts'
import type { Context } from './context.ts'
import { trackAtOnce } from './gate/track-leased.ts'

interface Parts {
  readonly ctx: Context
  readonly isClosing: () => boolean
  /** `track` by the way that all calls take. */
  readonly otherwise: Tollgate['track']
}

/**
 * The library's `track` for the platform itself, which may do everything. So what is on lease is
 * tried before anything is awaited, and only what that leaves takes the way of all calls.
 */
export const platformTrack =
  ({ ctx, isClosing, otherwise }: Parts): Tollgate['track'] =>
  (input, options) => {
    const inTurn = () => otherwise(input, options)
    if (!input || options?.role !== undefined || isClosing()) return inTurn()
    try {
      const checked = options === undefined ? options : checkedOptions(options)
      const answer = trackAtOnce(ctx, input, checked, inTurn)
      return answer instanceof Promise ? answer : Promise.resolve(answer)
    } catch (error) {
      return Promise.reject(error)
    }
  }
