import { compare, type Decimal } from './amounts.ts'
import type { Aggregation, LimitSubject } from './catalog-words.ts'
import type { Fault } from './fault.ts'
import { isConcurrency, isRate } from './limit-kind.ts'
import { isMomentary } from './limit-policy.ts'

/**
 * A limit as far as it can be read. Undefined means unreadable, or absent where that is allowed.
 */
export interface LimitShape {
  readonly window: string | undefined
  /** Absent means `organization`. */
  readonly per: string | undefined
  readonly behavior: string | undefined
  /** Null means unlimited. */
  readonly max: Decimal | null | undefined
  readonly burst: Decimal | undefined
  readonly cap: Decimal | undefined
  readonly anonymous?: string | undefined
}

/** Lists settings of one limit that contradict each other. The limit's meter is not considered. */
export const limitShapeFaults = (limit: LimitShape): Fault[] => [
  ...whoAndHowFaults(limit),
  ...anonymousFaults(limit),
  ...burstFaults(limit),
  ...capFaults(limit),
]

const SUBJECTS_OF_RATES: readonly string[] = ['api_key', 'user'] satisfies LimitSubject[]

const whoAndHowFaults = ({ window, per, behavior, max }: LimitShape): Fault[] => {
  const faults: Fault[] = []
  if (window !== undefined && !isMomentary(window) && per && SUBJECTS_OF_RATES.includes(per)) {
    const message = 'must be "organization", unless the window is "minute" or "concurrent"'
    faults.push({ field: 'per', message })
  }
  if (behavior === 'overage' && isMomentary(window)) {
    const message = `a "${window}" limit cannot have overage, because it bills nothing`
    faults.push({ field: 'behavior', message })
  }
  if (behavior === 'soft' && isConcurrency(window)) {
    faults.push({ field: 'behavior', message: 'must be "hard" for a "concurrent" limit' })
  }
  if (behavior === 'overage' && max === null) {
    faults.push({ field: 'max', message: 'an unlimited limit cannot have overage' })
  }
  return faults
}

const anonymousFaults = ({ per, behavior, anonymous }: LimitShape): Fault[] => {
  if (anonymous === undefined) return []
  const fault = (message: string): Fault[] => [{ field: 'anonymous', message }]
  if (per === undefined || !SUBJECTS_OF_RATES.includes(per)) {
    return fault('is only for limits per "api_key" or "user"')
  }
  return anonymous === 'refuse' && behavior === 'soft' ? fault('a "soft" limit never refuses') : []
}

const burstFaults = ({ window, max, burst }: LimitShape): Fault[] => {
  if (burst === undefined) return []
  const fault = (message: string): Fault[] => [{ field: 'burst', message }]
  if (window !== undefined && !isRate(window)) {
    return fault('only a "minute" limit has a burst')
  }
  if (burst.units <= 0n) return fault('must be at least the smallest unit of the meter')
  if (max === null) return fault('an unlimited rate has no burst')
  return max?.units === 0n ? fault('a rate of 0 refuses everything, so it cannot have a burst') : []
}

const capFaults = ({ behavior, max, cap }: LimitShape): Fault[] => {
  if (cap === undefined) return []
  const fault = (message: string): Fault[] => [{ field: 'cap', message }]
  if (behavior !== undefined && behavior !== 'overage') {
    return fault('only an "overage" limit has a cap')
  }
  return max && compare(cap, max) < 0 ? fault('must be at least the maximum') : []
}

/**
 * True when a meter may have a limit with this window. Rates and concurrency need a meter that sums
 * calls; maxima, counts of distinct values and states do not.
 */
export const windowSuitsMeter = (window: string, aggregation: string): boolean =>
  !isMomentary(window) || !NOT_SUMS.includes(aggregation)

const NOT_SUMS: readonly string[] = ['max', 'unique', 'latest'] satisfies Aggregation[]
