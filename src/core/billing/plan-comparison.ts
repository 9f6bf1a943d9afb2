import { compare, exactDecimal } from '../amounts.ts'
import { includesFeature } from '../features.ts'
import { isMomentary } from '../limit-policy.ts'

/** As much of a plan as is compared; as its document has it. */
export interface ComparedPlan {
  /** US dollars as decimal text; null: by agreement. */
  readonly price: string | null
  readonly document: Readonly<Record<string, unknown>>
}

/**
 * Whether a plan gives less than another, or is paid less for: a lower price, a smaller maximum on
 * something that a window includes, a limit where there was none, or a feature that is not there
 * any more. One that gives more of one thing and less of another gives less: who could go to and
 * fro between the two would have both for the price of one. Rates and concurrency include nothing:
 * they say how fast. A price by agreement counts as the highest, so to leave it is to pay less; an
 * organization's own people never choose such a plan (`planToChoose`).
 */
export const givesLess = (plan: ComparedPlan, than: ComparedPlan): boolean =>
  isCheaper(plan.price, than.price) ||
  limitsOf(plan).some((limit) => isTighter(limit, includedBy(than, limit))) ||
  featuresOf(than).some((feature) => hasLess(feature, plan, than))

/** Whether a change gives or costs something more: what a trial of another plan is not for. */
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

/** How much the other plan includes of what a limit is on; null: without end. */
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
