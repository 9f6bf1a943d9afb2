import type { CallOptions } from '../contract/call.ts'
import type {
  Extension,
  Hold,
  HoldSettlement,
  RunHold,
  RunOptions,
  WhenUnknown,
} from '../contract/hold.ts'
import type { Reservation, Tollgate } from '../contract/tollgate.ts'
import { TollgateRefusal } from '../decision/refusal.ts'
import { estimateOf } from './estimate.ts'
import type { LateSettlements } from './late-settlements.ts'
import { lengthened } from './lengthened.ts'
import { isStreamed, passedThrough } from './streamed-result.ts'
import type { Timers } from './timers.ts'

/** How the work ended. `abort`: its reader left, or the hold expired. */
type Ending = 'success' | 'abort' | 'error'

const WHEN_UNKNOWN: Required<WhenUnknown> = {
  success: 'estimate',
  abort: 'estimate',
  error: 'release',
}

/**
 * Reports a hold that could not be settled, with the use that is lost. Without a use, the hold
 * could not be released, and expires. The work is done and its result is still returned.
 */
export type OnUnsettled = (error: unknown, hold: Hold, used: HoldSettlement | undefined) => void

/** The timers of a run, and what settles its hold later if necessary. */
export interface RunParts {
  readonly timers: Timers
  readonly settlements: LateSettlements
}

/** Implements `Tollgate.run`: reserves, runs the work, and settles. */
export const run = async <Result>(
  gate: Pick<Tollgate, 'reserve'>,
  { timers, settlements }: RunParts,
  call: Reservation,
  work: (hold: RunHold) => Promise<Result>,
  options: RunOptions<Result> = {},
): Promise<Result> => {
  const { usageOf, whenUnknown, describe, onEnd, ...callOptions } = options
  const hold = await gate.reserve(call, callOptions)
  if (!hold.allowed) throw new TollgateRefusal(hold)
  let told: HoldSettlement | undefined
  const added: Extension[] = []
  const extend = hold.extend.bind(hold)
  const running = Object.defineProperties(hold, {
    used: {
      value: (amounts: HoldSettlement | undefined) => {
        told = amounts
      },
    },
    extend: {
      value: async (more: Extension, extending?: CallOptions) => {
        const decision = await extend(more, extending)
        if (decision.allowed && !decision.replayed) added.push(more)
        return decision
      },
    },
  }) as RunHold
  const lifeMs = call.expiresInMs ?? hold.expiresInMs
  let lastReadAtMs = Number.POSITIVE_INFINITY
  const stopLengthening = lengthened(
    { expiresInMs: hold.expiresInMs, extend },
    lifeMs,
    timers,
    // A stream that nobody reads is abandoned, so its hold may expire.
    () => timers.nowMs() - lastReadAtMs < lifeMs,
  )
  const isAborted = (error: unknown): boolean =>
    options.signal?.aborted === true ||
    hold.signal.aborted ||
    (error instanceof Error && error.name === 'AbortError')
  const end = async (ending: Ending, result?: Result): Promise<void> => {
    stopLengthening()
    const used = told ?? (ending === 'success' ? usageOf?.(result as Result) : undefined)
    const isReleased = !used && { ...WHEN_UNKNOWN, ...whenUnknown }[ending] === 'release'
    const amounts = used ?? { ...estimateOf([call, ...added]), estimated: true }
    let settlement: HoldSettlement | undefined
    const settle = () => {
      // Made once: a later attempt must not take the wait for a duration of the work.
      settlement ??= describe ? { ...describe(), ...amounts } : amounts
      return hold.settle(settlement)
    }
    const state = isReleased
      ? await settlements.settle(hold, () => hold.release())
      : await settlements.settle(hold, settle, amounts)
    onEnd?.(state)
  }
  const endBroken = (error: unknown) => end(isAborted(error) ? 'abort' : 'error')
  let result: Result
  try {
    result = await work(running)
  } catch (error) {
    await endBroken(error)
    throw error
  }
  if (isStreamed(result)) {
    lastReadAtMs = timers.nowMs()
    return passedThrough(result, {
      ended: () => end('success', result),
      broken: endBroken,
      left: () => end('abort'),
      reading: () => {
        lastReadAtMs = Number.POSITIVE_INFINITY
      },
      read: () => {
        lastReadAtMs = timers.nowMs()
      },
      stop: options.signal ? [options.signal, hold.signal] : [hold.signal],
    })
  }
  await end('success', result)
  return result
}
