import type {
  LimitOutlook,
  UsageAnomaly,
  UsageDashboard,
  UsageRecommendation,
  UsageWarning,
} from '../../contract/insight.ts'

/** The share of failed calls from which a recommendation is made. */
const MANY_ERRORS = 0.05
const ENOUGH_EVENTS = 100

/** Recommendations from the figures: one sentence each, with its figures. */
export const recommendationsOf = (seen: {
  readonly limits: readonly LimitOutlook[]
  readonly warnings: readonly UsageWarning[]
  readonly events: UsageDashboard['dashboard']['events']
  readonly anomalies: readonly UsageAnomaly[]
  readonly upgradesTo: readonly string[]
}): UsageRecommendation[] => {
  const { events, anomalies } = seen
  const found: UsageRecommendation[] = [...aboutLimits(seen)]
  if (events.total >= ENOUGH_EVENTS && (events.errorRate ?? 0) >= MANY_ERRORS) {
    const percent = Math.round((events.errorRate ?? 0) * 1_000) / 10
    const message = `${percent} % of calls in this period failed (${events.errors} of ${events.total})`
    found.push({ code: 'look_into_errors', message })
  }
  if (events.unpriced > 0) {
    const message = `${events.unpriced} calls used a model without a price, so costs are incomplete`
    found.push({ code: 'price_models', message })
  }
  const latest = anomalies.at(-1)
  if (latest) {
    const { date, figure, used, expected } = latest
    const message = `${date} had ${round(used)} ${figure} where about ${round(expected)} are usual`
    found.push({ code: 'look_into_anomaly', message })
  }
  return found
}

/** For hard limits that are used up or will be: a larger plan, or less use. */
const aboutLimits = ({
  limits,
  warnings,
  upgradesTo,
}: Parameters<typeof recommendationsOf>[0]): UsageRecommendation[] => {
  const tight = limits.filter(
    ({ limit, behavior }) =>
      behavior === 'hard' && warnings.some((warning) => warning.limit === limit),
  )
  if (tight.length === 0) return []
  const names = tight.map(({ limit }) => limit).join(', ')
  return upgradesTo.length > 0
    ? [{ code: 'upgrade', message: `${names}: consider ${upgradesTo.join(' or ')}` }]
    : [{ code: 'slow_down', message: `${names}: there is no larger plan to go to by yourself` }]
}

const round = (amount: number): number => Math.round(amount * 100) / 100
