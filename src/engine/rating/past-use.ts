import type { Plan } from '../../contract/catalog.ts'
import type { PlanOutcome } from '../../contract/plan-reports.ts'
import {
  add,
  type Decimal,
  exactDecimal,
  formatDecimal,
  multiply,
  numberFromUnits,
  toUnits,
} from '../../core/amounts.ts'
import type {
  LimitBehavior,
  LimitSubject,
  LimitWindow,
  TimeWindow,
} from '../../core/catalog-words.ts'
import { includesFeature } from '../../core/features.ts'
import {
  firstBilledStart,
  isBilledIn,
  isJudged,
  type JudgedLimit,
  type JudgedPeriod,
  type LimitOutcome,
  limitOutcome,
  sumOfAmounts,
  type WindowLevel,
} from '../../core/plan-outcome.ts'
import type { Queryable } from '../../storage/database.ts'
import { levelsOfMeters } from '../../storage/reports/insight.ts'
import { topOf } from '../../storage/reports/rollups.ts'
import type { Context } from '../context.ts'

/** More event types than a catalog can have. */
const ALL_EVENT_TYPES = 2_500

/** The use of some billing periods, as far as plans are judged by it. */
export interface PastUse {
  readonly periods: readonly JudgedPeriod[]
  readonly levels: readonly WindowLevel[]
  /** The features that the used event types need. */
  readonly neededFeatures: readonly string[]
}

/** A plan to be judged. */
export interface JudgedPlan {
  /** `catalog/plan`. */
  readonly name: string
  /** By the month; null: by agreement. */
  readonly price: string | null
  readonly limits: readonly JudgedLimit[]
  readonly features: unknown
}

/** Reads the levels of windows that these plans limit and that belong to the periods. */
export const readPastUse = async (
  ctx: Pick<Context, 'catalog'>,
  tx: Queryable,
  organization: { readonly id: string; readonly catalog: string; readonly starts_at: Date },
  periods: readonly JudgedPeriod[],
  plans: readonly JudgedPlan[],
): Promise<PastUse> => {
  const startMs = Math.min(...periods.map((period) => period.startMs))
  const to = new Date(Math.max(...periods.map((period) => period.endMs)))
  const judged = plans.flatMap(({ limits }) => limits).filter(isJudged)
  const windows = [...new Set(judged.map(({ window }) => window))]
  const from = new Date(
    Math.min(startMs, ...windows.map((window) => firstBilledStart(window as TimeWindow, startMs))),
  )
  const [rows, types] = await Promise.all([
    levelsOfMeters(tx, organization.id, windows, { from, to }),
    topOf(
      tx,
      organization.id,
      { dimension: 'event_type', grain: 'day', from: new Date(startMs), to },
      { by: 'events', limit: ALL_EVENT_TYPES },
    ),
  ])
  const anchorMs = organization.starts_at.getTime()
  const levels = rows
    .map(({ meter, window_name: window, window_start, used }) => ({
      meter,
      window,
      startMs: window_start.getTime(),
      used,
    }))
    .filter((level) => periods.some((period) => isBilledIn(level, period, anchorMs)))
  const needed = types
    .filter(({ events }) => events > 0n)
    .flatMap(
      ({ key }) => ctx.catalog.eventType(key, organization.catalog)?.definition.requires ?? [],
    )
  return { periods, levels, neededFeatures: [...new Set(needed)] }
}

/** A limit in whole units, from a catalog or the list of those in force. */
interface SaidLimit {
  readonly meter: string
  readonly window: LimitWindow
  readonly per?: LimitSubject | undefined
  readonly max: number | null
  readonly behavior: LimitBehavior
  readonly cap?: number | null | undefined
}

/** A plan of a catalog, or an organization's terms on it. */
export const judgedPlan = (
  ctx: { readonly catalog: Pick<Context['catalog'], 'meter'> },
  name: string,
  plan: Pick<Plan, 'monthlyPriceUsd' | 'overageRates' | 'features'>,
  limits: readonly SaidLimit[],
): JudgedPlan => ({
  name,
  price: plan.monthlyPriceUsd,
  features: plan.features,
  limits: limits.map(({ meter, window, per, max, behavior, cap }) => {
    const scale = ctx.catalog.meter(meter)?.scale ?? 0
    const units = (amount: number | null | undefined) =>
      amount === null || amount === undefined ? null : toUnits(exactDecimal(String(amount)), scale)
    return {
      meter,
      window,
      behavior,
      scale,
      per: per ?? 'organization',
      max: units(max),
      cap: units(cap),
      rate: plan.overageRates?.[meter],
    }
  }),
})

/** What a plan would have made of the use, and of the needed features. */
export interface Judgement {
  readonly plan: JudgedPlan
  readonly outcomes: readonly LimitOutcome[]
  readonly missingFeatures: readonly string[]
  readonly covers: boolean
  readonly overage: Decimal
  /** The price of every period plus the overage; undefined: the price is by agreement. */
  readonly total: Decimal | undefined
}

export const judge = (plan: JudgedPlan, use: PastUse): Judgement => {
  const outcomes = plan.limits.map((limit) => limitOutcome(limit, use.levels))
  const missingFeatures = use.neededFeatures.filter((key) => !includesFeature(plan.features, key))
  const overage = sumOfAmounts(outcomes)
  const periods = { units: BigInt(use.periods.length), scale: 0 }
  return {
    plan,
    outcomes,
    missingFeatures,
    overage,
    covers:
      missingFeatures.length === 0 && outcomes.every(({ refusedWindows }) => refusedWindows === 0),
    total:
      plan.price === null ? undefined : add(multiply(exactDecimal(plan.price), periods), overage),
  }
}

/** In the terms of the contract. */
export const planOutcomeOf = (judgement: Judgement): PlanOutcome => {
  const { plan, outcomes, missingFeatures, covers, overage, total } = judgement
  return {
    plan: plan.name,
    monthlyPriceUsd: plan.price,
    limits: outcomes.map(limitOutcomeOf),
    missingFeatures: [...missingFeatures],
    covers,
    overageUsd: formatDecimal(overage),
    totalUsd: total === undefined ? null : formatDecimal(total),
  }
}

const limitOutcomeOf = (outcome: LimitOutcome): PlanOutcome['limits'][number] => {
  const { limit, judged, windows, refusedWindows } = outcome
  const inUnits = (units: bigint) => numberFromUnits(units, limit.scale)
  return {
    limit: `${limit.meter}/${limit.window}`,
    meter: limit.meter,
    window: limit.window,
    behavior: limit.behavior,
    per: limit.per as LimitSubject,
    max: limit.max === null ? null : inUnits(limit.max),
    judged,
    windows,
    refusedWindows,
    peak: inUnits(outcome.peak),
    refused: inUnits(outcome.refusedUnits),
    over: inUnits(outcome.overUnits),
    overageUsd: formatDecimal(outcome.amount),
  }
}
