import type { ReservationDecision } from '../contract/decision.ts'
import type { RunHold } from '../contract/hold.ts'
import { isRate } from '../core/limit-kind.ts'

/** The meter that a model's tokens are counted by. */
const TOKENS = 'tokens'

/** How much of a model's output is held, and more of it as it is produced. */
export interface Cover {
  /** Tokens of output that are held. */
  readonly outputTokens: () => number
  /**
   * Whether so many are covered. More is asked for before they are used up, and nobody waits for
   * it unless they are: `false` says that the allowance is.
   */
  readonly reach: (outputTokens: number) => boolean | Promise<boolean>
  /** Holds up to so many at once, or as many as there are. */
  readonly fill: (outputTokens: number) => Promise<void>
}

/** Grows a hold by steps, while half a step is still left of it. */
export const coverOf = (
  hold: Pick<RunHold, 'extend' | 'expiresInMs'>,
  held: number,
  step: number,
): Cover => {
  // With its own life: left out, it would get that of a hold that says nothing.
  const { expiresInMs } = hold
  let covered = held
  let pending: Promise<boolean> | undefined
  /** Asked and refused; what another call gives back since is asked for once more, near the cap. */
  let isExhausted = false
  let wasAskedAgain = false

  /** As much as is left where it is less than was asked for. */
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
      // Nothing was added: the hold is over, or the store is away and the limit is closed then.
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
 * What the limits on tokens and the budget of the run leave: the least of those that refuse;
 * `undefined` where none does.
 */
export const leftOf = ({
  limits,
  budget,
}: Pick<ReservationDecision, 'limits' | 'budget'>): number | undefined => {
  const left = limits.flatMap(({ meter, window, behavior, remaining }) =>
    // A rate flows off while the model writes.
    meter === TOKENS && behavior === 'hard' && !isRate(window) && remaining !== null
      ? [remaining]
      : [],
  )
  const ofBudget = budget?.remaining[TOKENS]
  if (ofBudget !== undefined) left.push(ofBudget)
  return left.length === 0 ? undefined : Math.max(0, Math.floor(Math.min(...left)))
}
