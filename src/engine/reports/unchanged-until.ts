import type { CurrentUsage } from '../../contract/tenancy.ts'
import { isRate } from '../../core/limit-kind.ts'
import { nextChangeByItself } from '../../storage/revision.ts'
import type { Context } from '../context.ts'
import type { Answer } from './answers.ts'

/** The state of an organization's limits. */
interface Standing {
  readonly period: CurrentUsage['period']
  readonly limits: CurrentUsage['limits']
}

/** Computes figures, and until when they stay the same without a write. */
export const withItsEnd = async <Value>(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  organizationId: string,
  make: () => Promise<Value>,
  standingOf: (value: Value) => Standing,
): Promise<Answer<Value>> => {
  const at = clock.now()
  const [value, next] = await Promise.all([make(), nextChangeByItself(db, organizationId, at)])
  return { value, untilMs: untilMsOf(standingOf(value), next) }
}

/** A rate that was used leaks all the time. All else changes when a window ends. */
const untilMsOf = ({ period, limits }: Standing, next: Date | undefined): number | undefined => {
  const rates = limits.filter(({ window }) => isRate(window))
  if (rates.some(({ used }) => used > 0)) return undefined
  const ends = limits.flatMap(({ window, resetAt }) =>
    !isRate(window) && resetAt ? [Date.parse(resetAt)] : [],
  )
  return Math.min(Date.parse(period.end), ...ends, next?.getTime() ?? Number.POSITIVE_INFINITY)
}
