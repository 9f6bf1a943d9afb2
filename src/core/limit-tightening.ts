import type { AnonymousPolicy, FailurePolicy, LimitBehavior, LimitWindow } from './catalog-words.ts'
import type { Fault } from './fault.ts'
import { isRate } from './limit-kind.ts'
import { anonymousPolicyOf, onFailureOf } from './limit-policy.ts'

/** The settings of a limit. Amounts are in the meter's smallest unit; null means not set. */
export interface LimitTerms {
  readonly meter: string
  readonly window: LimitWindow
  readonly max: bigint | null
  readonly behavior: LimitBehavior
  readonly burst: bigint | null
  readonly cap: bigint | null
  readonly onFailure: FailurePolicy | null
  readonly durable: boolean
  /** Null: the default of the behavior, or a limit of the whole organization. */
  readonly anonymous: AnonymousPolicy | null
}

const MOST = 'must be at most what the plan allows'

/** From the most permissive to the strictest. */
const STRICTNESS: readonly LimitBehavior[] = ['soft', 'overage', 'hard']

/** Lists the fields in which one limit is looser than another. Any limit is stricter than none. */
export const looserFaults = (wanted: LimitTerms, than: LimitTerms): Fault[] => {
  const faults: Fault[] = []
  const fault = (field: string, message: string) => faults.push({ field, message })
  if (STRICTNESS.indexOf(wanted.behavior) < STRICTNESS.indexOf(than.behavior)) {
    fault('behavior', `must not be weaker than the plan's "${than.behavior}"`)
  }
  if (exceeds(wanted.max, than.max)) fault('max', MOST)
  else if (exceeds(atOnce(wanted), atOnce(than))) fault('burst', MOST)
  if (wanted.behavior === 'overage' && exceeds(wanted.cap, than.cap)) {
    fault('cap', MOST)
  }
  if (failsOpen(wanted) && !failsOpen(than)) fault('onFailure', 'must be "closed", as in the plan')
  if (wanted.anonymous === 'allow' && anonymousPolicyOf(than) === 'refuse') {
    fault('anonymous', 'must be "refuse", as in the plan')
  }
  if (than.durable && !wanted.durable) fault('durable', 'must be true, as in the plan')
  return faults
}

/** Null means unlimited. */
const exceeds = (amount: bigint | null, most: bigint | null): boolean =>
  most !== null && (amount === null || amount > most)

const atOnce = ({ window, burst, max }: LimitTerms): bigint | null =>
  isRate(window) ? (burst ?? max) : max

const failsOpen = ({ onFailure, ...limit }: LimitTerms): boolean =>
  onFailureOf({ ...limit, onFailure: onFailure ?? undefined }) === 'open'
