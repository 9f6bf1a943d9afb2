import type { ReservationDecision } from '../contract/decision.ts'
import type { RunHold } from '../contract/hold.ts'
import { isRate } from '../core/limit-kind.ts'

/** The meter that counts a model's tokens. */
const TOKENS = 'tokens'

/** The part of a model's output that the hold covers. It grows as output arrives. */
export interface Cover {
  /** The output tokens that are held. */
  readonly outputTokens: () => number
  /**
   * Whether so many output tokens are covered. Extends the hold in advance, so callers wait only if
   * they use it up first. `false` means that the allowance is exhausted.
   */
  readonly reach: (outputTokens: number) => boolean | Promise<boolean>
  /** Extends the hold to so many tokens at once, or to as many as are left. */
  readonly fill: (outputTokens: number) => Promise<void>
}

/** Grows a hold in steps, each time half a step is left. */
export const coverOf = (
  hold: Pick<RunHold, 'extend' | 'expiresInMs'>,
  held: number,
  step: number,
): Cover => {
  // Passed on, because an extension without it would get the default duration.
  const { expiresInMs } = hold
  let covered = held
  let pending: Promise<boolean> | undefined
  /**
   * A refusal is retried once, when the cap is near, because other calls may release tokens
   * meanwhile.
   */
  let isExhausted = false
  let wasAskedAgain = false

  /** Asks for less if less is left. */
  const ask = async (outputTokens: number): Promise<boolean> => {
    try {
      const decision = await hold.extend({ outputTokens, expiresInMs })
      if (decision.allowed) {
        covered += outputTokens
        isExhausted = false
        return true
      }
      const left = leftOf(decision)
      isExhausted = true
      if (left === undefined || left <= 0 || left >= outputTokens) return false
      const rest = await hold.extend({ outputTokens: left, expiresInMs })
      if (rest.allowed) covered += left
      return rest.allowed
    } catch {
      // Nothing was added: the hold has ended, or the store is unreachable and the limit is closed.
      return false
    }
  }
  const grow = (outputTokens: number): Promise<boolean> => {
    pending ??= ask(outputTokens).finally(() => {
      pending = undefined
    })
    return pending
  }
  const wait = async (outputTokens: number): Promise<boolean> => {
    if (pending) await pending
    if (outputTokens <= covered || isExhausted) return outputTokens <= covered
    await grow(Math.max(step, outputTokens - covered))
    return outputTokens <= covered
  }
  return {
    outputTokens: () => covered,
    reach: (outputTokens) => {
      if (outputTokens > covered) return wait(outputTokens)
      const left = covered - outputTokens
      if (left < step / 2 && !isExhausted) void grow(step)
      else if (left < step / 8 && !wasAskedAgain) {
        wasAskedAgain = true
        void grow(step)
      }
      return true
    },
    fill: async (outputTokens) => {
      if (outputTokens > covered) await grow(outputTokens - covered)
    },
  }
}

/**
 * What the limits on tokens and the run's budget leave, the least of those that refuse; `undefined`
 * when none does.
 */
export const leftOf = ({
  limits,
  budget,
}: Pick<ReservationDecision, 'limits' | 'budget'>): number | undefined => {
  const left = limits.flatMap(({ meter, window, behavior, remaining }) =>
    // A rate refills while the model writes, so it does not count.
    meter === TOKENS && behavior === 'hard' && !isRate(window) && remaining !== null
      ? [remaining]
      : [],
  )
  const ofBudget = budget?.remaining[TOKENS]
  if (ofBudget !== undefined) left.push(ofBudget)
  return left.length === 0 ? undefined : Math.max(0, Math.floor(Math.min(...left)))
}
