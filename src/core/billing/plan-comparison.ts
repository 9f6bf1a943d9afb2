import { compare, exactDecimal } from '../amounts.ts'
import { includesFeature } from '../features.ts'
import { isMomentary } from '../limit-policy.ts'

/** The part of a plan that is compared. */
export interface ComparedPlan {
  /** US dollars as decimal text; null is a price by agreement. */
  readonly price: string | null
  readonly document: Readonly<Record<string, unknown>>
}

/**
 * True when a plan gives less than another or costs less. It does with a lower price, a smaller or
 * new maximum on a quota, or a missing feature.
 * A plan that gives more of one thing and less of another also gives less. Otherwise a customer
 * could switch back and forth and get both for the price of one.
 * Rates and concurrency limits are not compared, because they bound speed and not the included
 * amount. A price by agreement counts as the highest. Organizations cannot choose such a plan
 * themselves (`planToChoose`).
 */
export const givesLess = (plan: ComparedPlan, than: ComparedPlan): boolean =>
  isCheaper(plan.price, than.price) ||
  limitsOf(plan).some((limit) => isTighter(limit, includedBy(than, limit))) ||
  featuresOf(than).some((feature) => hasLess(feature, plan, than))

/** True when a plan gives or costs more than another. A change during a trial must not. */
export const givesMore = (plan: ComparedPlan, than: ComparedPlan): boolean => givesLess(than, plan)

const isCheaper = (price: string | null, than: string | null): boolean => {
  if (price === null) return false
  return than === null || lessThan(price, than)
}

interface ComparedLimit {
  readonly meter: unknown
  readonly window: string
  readonly per?: unknown
  readonly max: string | number | null
}

const limitsOf = ({ document }: ComparedPlan): readonly ComparedLimit[] => {
  const limits = (document.limits ?? []) as readonly ComparedLimit[]
  return limits.filter(({ window }) => !isMomentary(window))
}

/**
 * The amount that the other plan includes for the same meter, window and subject; null when
 * unlimited.
 */
const includedBy = (plan: ComparedPlan, { meter, window, per }: ComparedLimit) =>
  limitsOf(plan).find(
    (limit) => limit.meter === meter && limit.window === window && limit.per === per,
  )?.max ?? null

const isTighter = ({ max }: ComparedLimit, than: string | number | null): boolean =>
  max !== null && (than === null || lessThan(max, than))

const featuresOf = ({ document }: ComparedPlan): readonly string[] =>
  Object.keys((document.features ?? {}) as object)

const hasLess = (feature: string, plan: ComparedPlan, than: ComparedPlan): boolean => {
  if (!includesFeature(than.document.features, feature)) return false
  if (!includesFeature(plan.document.features, feature)) return true
  const [now, before] = [plan, than].map(
    ({ document }) => (document.features as Record<string, unknown>)[feature],
  )
  return typeof now === 'number' && typeof before === 'number' && now < before
}

const lessThan = (amount: string | number, than: string | number): boolean =>
  compare(exactDecimal(String(amount)), exactDecimal(String(than))) < 0
