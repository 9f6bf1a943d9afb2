import type { Catalog, CatalogInput } from '../../contract/catalog.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { DryRun } from '../../contract/plan-reports.ts'
import { add, compare, type Decimal, formatDecimal } from '../../core/amounts.ts'
import { eventsWholeSince } from '../../storage/events/dry-run.ts'
import { listOrganizations, type OrganizationRow } from '../../storage/tables/organizations.ts'
import { checkedCatalog } from '../catalog/apply-catalog.ts'
import { compileCatalog } from '../catalog/compiled-catalog.ts'
import type { Context } from '../context.ts'
import { creditsOf } from '../rating/figures.ts'
import { type DryRunOutcome, type DryRunSide, dryRunOrganization } from './dry-run-organization.ts'

const DAY_MS = 86_400_000
const DAYS = 90
const ORGANIZATIONS_A_PAGE = 100
const MOST_SHOWN = 200

/**
 * Applies a changed catalog to the last 90 days without putting it in force. Every event is priced
 * again, with the limits and rates of the plans in the document, as if all organizations had been
 * moved to it.
 *
 * Nothing is written. It reads one organization after the other, a page of events at a time, so
 * memory does not grow with their number.
 */
export const dryRun = async (
  ctx: Context,
  { document }: { readonly document: CatalogInput },
): Promise<DryRun> => {
  const catalog = checkedCatalog(document)
  requireSameMeters(ctx, catalog)
  const to = ctx.clock.now()
  const range = { from: await startOf(ctx, to), to }
  const would = compileCatalog(catalog, { id: 0n, version: 0 })
  const sums = new DryRunSums()
  let after: string | undefined
  do {
    const page: OrganizationRow[] = await listOrganizations(ctx.db, {
      after,
      limit: ORGANIZATIONS_A_PAGE,
      catalog: undefined,
      plan: undefined,
      status: undefined,
    })
    for (const organization of page) {
      const outcome = await dryRunOrganization(ctx, organization, would, range)
      if (outcome) sums.add(outcome)
    }
    after = page.length === ORGANIZATIONS_A_PAGE ? page.at(-1)?.id : undefined
  } while (after !== undefined)
  return sums.report(catalog, range)
}

/** Refuses, as applying does, a meter that already has another meaning. */
const requireSameMeters = (ctx: Context, { meters }: Catalog): void => {
  const faults = meters.flatMap(({ key, aggregation, scale }) => {
    const known = ctx.catalog.meter(key)
    if (!known || (known.aggregation === aggregation && known.scale === scale)) return []
    const message = `is already a ${known.aggregation} meter with ${known.scale} decimals, in use`
    return [{ field: `meters.${key}`, message }]
  })
  if (faults.length === 0) return
  throw new TollgateError('unprocessable', { detail: 'a meter cannot change its meaning', faults })
}

/** The start of a day, as far back as raw events are complete. */
const startOf = async (ctx: Context, to: Date): Promise<Date> => {
  const earliest = new Date(Math.floor(to.getTime() / DAY_MS) * DAY_MS - DAYS * DAY_MS)
  const since = await eventsWholeSince(ctx.db)
  return since && since > earliest ? since : earliest
}

const NOTHING: DryRunSide = {
  microCredits: 0n,
  overage: { units: 0n, scale: 0 },
  refusedWindows: 0,
}

/** Sums the outcomes of organizations, and lists only those with the largest changes. */
class DryRunSums {
  #before = NOTHING
  #after = NOTHING
  #events = 0
  #unknownEvents = 0
  #inAll = 0
  #changed = 0
  readonly #unjudged = new Set<string>()
  #shown: DryRunOutcome[] = []

  add(outcome: DryRunOutcome): void {
    this.#before = sumOf(this.#before, outcome.before)
    this.#after = sumOf(this.#after, outcome.after)
    this.#events += outcome.events
    this.#unknownEvents += outcome.unknownEvents
    this.#inAll += 1
    for (const meter of outcome.unjudgedMeters) this.#unjudged.add(meter)
    if (differs(outcome)) this.#changed += 1
    this.#shown.push(outcome)
    if (this.#shown.length >= 2 * MOST_SHOWN) this.#shown = firstOf(this.#shown)
  }

  report(catalog: Catalog, { from, to }: { from: Date; to: Date }): DryRun {
    return {
      catalog: catalog.key,
      from: from.toISOString(),
      to: to.toISOString(),
      events: this.#events,
      unknownEvents: this.#unknownEvents,
      unjudgedMeters: [...this.#unjudged].sort(),
      ...sidesOf({ before: this.#before, after: this.#after }),
      organizations: firstOf(this.#shown).map((outcome) => ({
        organizationId: outcome.organizationId,
        plan: outcome.plan,
        planKept: outcome.planKept,
        events: outcome.events,
        unknownEvents: outcome.unknownEvents,
        ...sidesOf(outcome),
      })),
      organizationsInAll: this.#inAll,
      organizationsChanged: this.#changed,
    }
  }
}

type Sides = Pick<DryRunOutcome, 'before' | 'after'>

const sidesOf = ({ before, after }: Sides) => ({
  before: sideOf(before),
  after: sideOf(after),
  creditsDifference: creditsOf(after.microCredits - before.microCredits),
  overageDifferenceUsd: formatDecimal(difference(after.overage, before.overage)),
})

const sideOf = ({ microCredits, overage, refusedWindows }: DryRunSide) => ({
  credits: creditsOf(microCredits),
  overageUsd: formatDecimal(overage),
  refusedWindows,
})

const sumOf = (a: DryRunSide, b: DryRunSide): DryRunSide => ({
  microCredits: a.microCredits + b.microCredits,
  overage: add(a.overage, b.overage),
  refusedWindows: a.refusedWindows + b.refusedWindows,
})

const difference = (a: Decimal, b: Decimal): Decimal => add(a, { units: -b.units, scale: b.scale })

const differs = ({ before, after, unknownEvents }: DryRunOutcome): boolean =>
  unknownEvents > 0 ||
  before.microCredits !== after.microCredits ||
  before.refusedWindows !== after.refusedWindows ||
  compare(before.overage, after.overage) !== 0

/** The outcomes with the largest changes: by credits, then by overage, then by id. */
const firstOf = (outcomes: readonly DryRunOutcome[]): DryRunOutcome[] => {
  const credits = ({ before, after }: Sides) => magnitude(after.microCredits - before.microCredits)
  const overage = ({ before, after }: Sides): Decimal => {
    const { units, scale } = difference(after.overage, before.overage)
    return { units: magnitude(units), scale }
  }
  return [...outcomes]
    .sort(
      (a, b) =>
        compareUnits(credits(b), credits(a)) ||
        compare(overage(b), overage(a)) ||
        (a.organizationId < b.organizationId ? -1 : 1),
    )
    .slice(0, MOST_SHOWN)
}

const compareUnits = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value)
