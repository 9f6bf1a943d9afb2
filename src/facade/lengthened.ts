import type { Hold } from '../contract/hold.ts'
import type { Timers } from './timers.ts'

/** The shortest life that a hold can be given. */
const SHORTEST_MS = 1_000

/**
 * Lengthens a hold by its own life at half of it, while somebody is at work. A hold of a process
 * that has died, or whose work is waited for by nobody, still ends at its expiry. One that could
 * not be lengthened is tried again at half of what is left.
 *
 * @returns what ends it
 */
export const lengthened = (
  hold: Pick<Hold, 'expiresInMs' | 'extend'>,
  lifeMs: number,
  timers: Timers,
  isAtWork: () => boolean,
): (() => void) => {
  let isOver = false
  let cancel: () => void = () => {}
  const again = (leftMs: number): void => {
    if (leftMs < SHORTEST_MS) return
    const endsAtMs = timers.nowMs() + leftMs
    cancel = timers.after(leftMs / 2, () => {
      void lengthen().then((gained) => {
        if (!isOver && isAtWork()) again(gained ?? endsAtMs - timers.nowMs())
      })
    })
  }
  const lengthen = async (): Promise<number | undefined> => {
    if (isOver || !isAtWork()) return undefined
    try {
      const decision = await hold.extend({ expiresInMs: Math.max(lifeMs, SHORTEST_MS) })
      return decision.allowed ? (decision.expiresInMs ?? undefined) : undefined
    } catch {
      return undefined
    }
  }
  again(hold.expiresInMs)
  return () => {
    isOver = true
    cancel()
  }
}
