import type { Plan } from '../../contract/catalog.ts'
import type { Decimal } from '../../core/amounts.ts'
import { addsUp, type LimitWindow, type TimeWindow } from '../../core/catalog-words.ts'
import type { MeterShape } from '../../core/decision.ts'
import {
  isJudged,
  type JudgedLimit,
  limitOutcome,
  sumOfAmounts,
  type WindowLevel,
} from '../../core/plan-outcome.ts'
import { windowStart } from '../../core/windows.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { eventsToPrice, type PricedEventRow } from '../../storage/events/dry-run.ts'
import { levelsOfMeters } from '../../storage/reports/insight.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import type { CompiledCatalog } from '../catalog/compiled-catalog.ts'
import { compiledVersion } from '../catalog/compiled-version.ts'
import type { Context } from '../context.ts'
import { judgedPlan } from '../rating/past-use.ts'
import { flowsOf, repriced } from '../rating/repricing.ts'
import { listLimits } from '../tenancy/list-limits.ts'

const EVENTS_A_PAGE = 2_000

/** The totals of past use, as they were or would have been. */
export interface DryRunSide {
  readonly microCredits: bigint
  readonly overage: Decimal
  readonly refusedWindows: number
}

export interface DryRunOutcome {
  readonly organizationId: string
  readonly plan: string
  /** The document lacks the organization's plan, so its present limits are used. */
  readonly planKept: boolean
  readonly events: number
  readonly unknownEvents: number
  readonly unjudgedMeters: readonly string[]
  readonly before: DryRunSide
  readonly after: DryRunSide
}

interface Range {
  readonly from: Date
  readonly to: Date
}

/** The result for one organization; undefined if it has no events of the catalog in the range. */
export const dryRunOrganization = async (
  ctx: Context,
  organization: OrganizationRow,
  would: CompiledCatalog,
  range: Range,
): Promise<DryRunOutcome | undefined> => {
  const { id, catalog, plan: planKey } = organization
  const meterOf = meterShapes(ctx, would)
  const limits = await listLimits(ctx, { organizationId: id })
  const name = `${catalog}/${planKey}`
  const now = judgedPlan(ctx, name, organization.plan_document as Plan, limits)
  const plan = catalog === would.key ? would.plans.get(planKey) : undefined
  const overridden = limits.filter(({ override }) => override !== null)
  const isOverridden = (limit: { meter: string; window: string; per?: string | undefined }) =>
    overridden.some(
      ({ meter, window, per }) =>
        meter === limit.meter && window === limit.window && per === (limit.per ?? 'organization'),
    )
  const then = plan
    ? judgedPlan({ catalog: { meter: meterOf } }, name, plan, [
        ...plan.limits.filter((limit) => !isOverridden(limit)),
        ...overridden,
      ])
    : now
  const judged = [...now.limits, ...then.limits].filter(isJudged)
  const use = await repriceAll(ctx, organization, { would, range, judged, meterOf })
  if (use.events === 0) return undefined
  const levels = await levelsBefore(ctx, organization, judged, range)
  const before = sideOf(now.limits, levels, use.creditsBefore)
  const after = sideOf(then.limits, levelsAfter(levels, use.changes), use.creditsAfter)
  return {
    organizationId: id,
    plan: name,
    before,
    after,
    planKept: catalog === would.key && !plan,
    events: use.events,
    unknownEvents: use.unknownEvents,
    unjudgedMeters: judged
      .map(({ meter }) => meter)
      .filter((meter) => !addsUp(meterOf(meter)?.aggregation ?? 'sum')),
  }
}

/** Meters come from the document. Those that only other catalogs have come from the engine. */
const meterShapes = (ctx: Pick<Context, 'catalog'>, would: CompiledCatalog) => {
  const own = new Map(would.document.meters.map((meter) => [meter.key, meter]))
  return (key: string): MeterShape | undefined => own.get(key) ?? ctx.catalog.meter(key)
}

/** The changes of window levels, in units. */
type Changes = Map<string, { level: Omit<WindowLevel, 'used'>; units: bigint }>

interface RepricedUse {
  events: number
  unknownEvents: number
  creditsBefore: bigint
  creditsAfter: bigint
  readonly changes: Changes
}

const repriceAll = async (
  ctx: Context,
  { id, starts_at }: OrganizationRow,
  parts: {
    readonly would: CompiledCatalog
    readonly range: Range
    readonly judged: readonly JudgedLimit[]
    readonly meterOf: (key: string) => MeterShape | undefined
  },
): Promise<RepricedUse> => {
  const { would, range, judged, meterOf } = parts
  const windowsOf = new Map<string, Set<LimitWindow>>()
  for (const { meter, window } of judged) {
    windowsOf.set(meter, (windowsOf.get(meter) ?? new Set()).add(window))
  }
  const versions = new Map<bigint, CompiledCatalog | undefined>()
  const use: RepricedUse = {
    events: 0,
    unknownEvents: 0,
    creditsBefore: 0n,
    creditsAfter: 0n,
    changes: new Map(),
  }
  const addEvent = (event: PricedEventRow) => {
    const was = versions.get(event.catalog_version_id)
    const outcome = repriced(event, { was, would, meterOf })
    use.events += 1
    if (!outcome.isKnown) use.unknownEvents += 1
    use.creditsBefore += event.credits
    use.creditsAfter += outcome.microCredits
    const old = flowsOf(event, meterOf)
    for (const meter of new Set([...old.keys(), ...outcome.flows.keys()])) {
      const units = (outcome.flows.get(meter) ?? 0n) - (old.get(meter) ?? 0n)
      if (units === 0n) continue
      for (const window of windowsOf.get(meter) ?? []) {
        const atMs = event.occurred_at.getTime()
        const startMs = windowStart(window as TimeWindow, atMs, starts_at.getTime())
        change(use.changes, { meter, window, startMs }, units)
      }
    }
  }
  let after = { at: new Date(range.from.getTime() - 1), id: '' }
  for (;;) {
    const page = await asOrganization(ctx.db, id, (tx) =>
      eventsToPrice(tx, id, would.key, range, { after, limit: EVENTS_A_PAGE }),
    )
    for (const versionId of new Set(page.map((event) => event.catalog_version_id))) {
      if (!versions.has(versionId)) versions.set(versionId, await compiledVersion(ctx, versionId))
    }
    for (const event of page) addEvent(event)
    const last = page.at(-1)
    if (!last || page.length < EVENTS_A_PAGE) return use
    after = { at: last.occurred_at, id: last.id }
  }
}

const keyOf = ({ meter, window, startMs }: Omit<WindowLevel, 'used'>): string =>
  `${meter}/${window}/${startMs}`

const change = (changes: Changes, level: Omit<WindowLevel, 'used'>, units: bigint): void => {
  const known = changes.get(keyOf(level))
  if (known) known.units += units
  else changes.set(keyOf(level), { level, units })
}

/** The levels of all windows that overlap the range. */
const levelsBefore = async (
  ctx: Context,
  { id, starts_at }: OrganizationRow,
  judged: readonly JudgedLimit[],
  { from, to }: Range,
): Promise<WindowLevel[]> => {
  const windows = [...new Set(judged.map(({ window }) => window))]
  const levels: WindowLevel[] = []
  for (const window of windows) {
    const first = windowStart(window as TimeWindow, from.getTime(), starts_at.getTime())
    const rows = await asOrganization(ctx.db, id, (tx) =>
      levelsOfMeters(tx, id, [window], { from: new Date(first), to }),
    )
    for (const { meter, window_start, used } of rows) {
      levels.push({ meter, window, startMs: window_start.getTime(), used })
    }
  }
  return levels
}

const levelsAfter = (levels: readonly WindowLevel[], changes: Changes): WindowLevel[] => {
  const known = new Set(levels.map(keyOf))
  return [
    ...levels.map((level) => ({
      ...level,
      used: level.used + (changes.get(keyOf(level))?.units ?? 0n),
    })),
    ...[...changes.values()]
      .filter(({ level }) => !known.has(keyOf(level)))
      .map(({ level, units }) => ({ ...level, used: units })),
  ]
}

const sideOf = (
  limits: readonly JudgedLimit[],
  levels: readonly WindowLevel[],
  microCredits: bigint,
): DryRunSide => {
  const outcomes = limits.map((limit) => limitOutcome(limit, levels))
  return {
    microCredits,
    overage: sumOfAmounts(outcomes),
    refusedWindows: outcomes.reduce((sum, { refusedWindows }) => sum + refusedWindows, 0),
  }
}
