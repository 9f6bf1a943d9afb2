import type { CallOptions } from '../../contract/call.ts'
import { firstId, reversalId } from '../../core/own-ids.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  type EventChoice,
  eventsAt,
  eventsOfUse,
  type UseRow,
  usedIds,
} from '../../storage/events/rerating.ts'
import { recordEvents } from '../../storage/gate/usage.ts'
import { lockOrganizations, type OrganizationRow } from '../../storage/tables/organizations.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { CompiledCatalog } from '../catalog/compiled-catalog.ts'
import { compiledVersion } from '../catalog/compiled-version.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'
import { reversalItem } from '../ledger/reversal-item.ts'
import { readingOf } from '../reading-context.ts'
import { type Rerated, rerated } from './rerated-event.ts'
import {
  addFigures,
  noFigures,
  type ReratingFigures,
  type ReratingTotals,
  sideOf,
  toldSide,
} from './rerating-totals.ts'

/** The most events of one transaction. The organization's other writes wait until it commits. */
const EVENTS_A_PAGE = 500

export interface Rerating extends EventChoice {
  readonly apply: boolean
  readonly reason: string
}

/**
 * Prices the events of one organization again, a page at a time. With `apply` it writes the
 * differences. Each page is one transaction, so an interrupted run leaves whole pages.
 */
export const rerateOrganization = async (
  ctx: Context,
  organization: OrganizationRow,
  asked: Rerating,
  totals: ReratingTotals,
  options: CallOptions,
): Promise<void> => {
  const byType = new Map<string, ReratingFigures>()
  const versions = new Map<bigint, CompiledCatalog | undefined>()
  const db = asked.apply ? ctx.db : readingOf(ctx).db
  /** Events that this run wrote at the instant where the next page may begin. */
  let written: readonly UsageItem[] = []
  let after = { at: new Date(asked.from.getTime() - 1), id: '' }
  try {
    for (;;) {
      const { page, firstOf, isGone } = await asOrganization(
        db,
        organization.id,
        (tx) => readPage(tx, organization.id, asked, after),
        { planned: 'walking' },
      )
      for (const versionId of new Set(page.map((one) => firstOf(one).catalog_version_id))) {
        if (!versions.has(versionId)) versions.set(versionId, await compiledVersion(ctx, versionId))
      }
      const outcomes = page
        .filter(({ id }) => !isGone(id) && !written.some((item) => item.id === id))
        .map((event) => outcomeOf(ctx, organization, event, firstOf(event), versions))
      const done = asked.apply ? await correct(ctx, outcomes, asked.reason, options) : outcomes
      for (const one of done) addOutcome(byType, totals, one)
      const last = page.at(-1)
      if (!last || page.length < EVENTS_A_PAGE) return
      after = { at: last.occurred_at, id: last.id }
      written = [...written, ...done.flatMap(({ rated }) => itemOf(rated))].filter(
        ({ occurredAt }) => occurredAt.getTime() === last.occurred_at.getTime(),
      )
    }
  } finally {
    // Includes what was done before a failure.
    totals.add(organization.id, byType)
  }
}

/** A page of use, with the event that each one replaces and those that were reversed. */
const readPage = async (
  tx: Queryable,
  organizationId: string,
  asked: EventChoice,
  after: { readonly at: Date; readonly id: string },
) => {
  const page = await eventsOfUse(tx, organizationId, asked, { after, limit: EVENTS_A_PAGE })
  const reversals = page.map(({ id }) => reversalId(id))
  const used = await usedIds(tx, organizationId, reversals)
  const standIns = page.filter(({ id }) => firstId(id) !== id)
  const places = standIns.map(({ id, occurred_at: at }) => ({ at, id: firstId(id) }))
  const found = places.length > 0 ? await eventsAt(tx, organizationId, places) : []
  const firsts = new Map(found.map((first) => [placeOf(first.occurred_at, first.id), first]))
  return {
    page,
    firstOf: (event: UseRow) => firsts.get(placeOf(event.occurred_at, firstId(event.id))) ?? event,
    isGone: (id: string) => used.has(reversalId(id)),
  }
}

const placeOf = (at: Date, id: string): string => `${at.getTime()} ${id}`

interface Outcome {
  readonly event: UseRow
  readonly rated: Rerated
}

const itemOf = (rated: Rerated): UsageItem[] => (rated.kind === 'changed' ? [rated.item] : [])

const outcomeOf = (
  ctx: Context,
  { status }: OrganizationRow,
  event: UseRow,
  first: UseRow,
  versions: ReadonlyMap<bigint, CompiledCatalog | undefined>,
): Outcome => {
  const rated = rerated(ctx, event, first, versions.get(first.catalog_version_id))
  // Its last invoice is made, and nothing more is written for it.
  if (rated.kind === 'changed' && status === 'closed') {
    return { event, rated: { kind: 'left', because: 'closed' } }
  }
  return { event, rated }
}

const addOutcome = (
  byType: Map<string, ReratingFigures>,
  totals: ReratingTotals,
  { event, rated }: Outcome,
): void => {
  const known = byType.get(event.event_type) ?? noFigures()
  byType.set(event.event_type, known)
  addFigures(known, figuresOf(event, rated))
  if (rated.kind === 'left') totals.left(rated.because)
}

const figuresOf = (event: UseRow, rated: Rerated): ReratingFigures => {
  const before = sideOf({
    microCredits: event.credits,
    costUsd: event.cost_usd,
    priceSource: event.price_source,
  })
  return {
    events: 1,
    changed: rated.kind === 'changed' ? 1 : 0,
    left: rated.kind === 'left' ? 1 : 0,
    before,
    after: rated.kind === 'changed' ? sideOf(rated.item) : before,
  }
}

/**
 * Reverses each event that changes and records its replacement: the whole page, or nothing. Skips
 * events that were reversed since the page was read, so that none is reversed twice.
 */
const correct = async (
  ctx: Context,
  outcomes: readonly Outcome[],
  reason: string,
  options: CallOptions,
): Promise<readonly Outcome[]> => {
  const changes = outcomes.flatMap(({ event, rated }) =>
    rated.kind === 'changed' ? [{ event, item: rated.item, rated }] : [],
  )
  const [first] = changes
  if (!first) return outcomes
  const organizationId = first.event.organization_id
  const actor = actorOf(options)
  const gone = new Set<string>()
  const written = await ctx.db.transaction(async (tx) => {
    gone.clear()
    await lockOrganizations(tx, [organizationId])
    const ids = changes.flatMap(({ event, item }) => [reversalId(event.id), item.id])
    const used = await usedIds(tx, organizationId, ids)
    const still = changes.filter(({ event, item }) => {
      const isFree = !used.has(reversalId(event.id)) && !used.has(item.id)
      if (!isFree) gone.add(event.id)
      return isFree
    })
    if (still.length === 0) return []
    const items = still.flatMap(({ event, item }) => [
      reversalItem(ctx, event, { reason, actor: actor.actor, reratedAs: item.id }),
      item,
    ])
    const asks = items.map((item) => ({ item }))
    const answers = await recordEvents(tx, asks, ctx.node.id, ctx.clock.now())
    if (answers.some((answer) => answer !== 'recorded')) {
      throw new Error(`a correction was not written: ${answers.join(', ').slice(0, 200)}`)
    }
    const sum = noFigures()
    for (const { event, rated } of still) addFigures(sum, figuresOf(event, rated))
    await appendAudit(tx, ctx, {
      organizationId,
      category: 'billing',
      action: 'usage.rerated',
      ...actor,
      subject: `organization:${organizationId}`,
      old: { events: sum.changed, ...toldSide(sum.before) },
      new: {
        events: sum.changed,
        ...toldSide(sum.after),
        reason,
        from: still[0]?.event.occurred_at.toISOString(),
        to: still.at(-1)?.event.occurred_at.toISOString(),
      },
      told: [
        told('usage.rerated', {
          events: sum.changed,
          reason,
          from: (still[0] ?? first).event.occurred_at.toISOString(),
          to: (still.at(-1) ?? first).event.occurred_at.toISOString(),
        }),
      ],
    })
    return items
  })
  await ctx.shared?.happened(...written)
  return outcomes.filter(({ event }) => !gone.has(event.id))
}
