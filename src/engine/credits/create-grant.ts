import type { z } from 'zod'
import type { CallOptions, Owned, Replayable } from '../../contract/call.ts'
import { invalid, TollgateError } from '../../contract/errors.ts'
import { type GrantCreated, type grantCreateSchema, PLAN_PRIORITY } from '../../contract/grants.ts'
import { MICRO_CREDIT_SCALE, parseDecimal, toUnits } from '../../core/amounts.ts'
import { announce } from '../../storage/changes.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  catchUp,
  findGrant,
  findSeries,
  giveCredits,
  insertSeries,
} from '../../storage/tables/grants.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { existing, lockedOrganization } from '../tenancy/organizations.ts'
import { grantOf, seriesOf } from './grant-value.ts'

type Wanted = z.output<typeof grantCreateSchema>

/** A new grant before it is written. */
interface NewGrant {
  readonly id: string
  readonly key: string
  readonly units: bigint
  readonly rollover: bigint
  readonly startsAt: Date
  readonly expiresAt: Date | null
  readonly priority: number
  readonly actor: string
  readonly at: Date
}

/**
 * Gives credits, once for each key. A repeated call returns the first grant, and refuses other
 * terms. Debts that the credits pay are paid in the same transaction.
 */
export const createGrant = async (
  ctx: Context,
  { organizationId, ...wanted }: Owned<Wanted>,
  options: CallOptions = {},
): Promise<Replayable<GrantCreated>> => {
  await existing(ctx, organizationId)
  const grant = newGrant(ctx, wanted, options)
  const answer = await ctx.db.transaction(async (tx) => {
    await lockedOrganization(tx, organizationId)
    // Changes that are due by now happen first, and have priority.
    await catchUp(tx, organizationId, grant.at)
    const before = await givenBefore(tx, organizationId, grant)
    if (before) return { ...sameTerms(before, grant, wanted), replayed: true }
    const created = wanted.everyMonths
      ? await beginSeries(tx, organizationId, grant, { ...wanted, months: wanted.everyMonths })
      : await give(tx, organizationId, grant, wanted.reason)
    await appendAudit(tx, ctx, {
      organizationId,
      category: 'billing',
      action: wanted.everyMonths ? 'grant.scheduled' : 'grant.created',
      ...actorOf(options),
      subject: `grant:${grant.id}`,
      new: {
        credits: wanted.credits,
        priority: grant.priority,
        reason: wanted.reason,
        startsAt: grant.startsAt.toISOString(),
        everyMonths: wanted.everyMonths,
        expiresAt: grant.expiresAt?.toISOString(),
        rolloverMax: wanted.rolloverMax,
      },
    })
    await announce(tx, 'organization', organizationId)
    return { ...created, replayed: false }
  })
  ctx.forgetOrganization(organizationId)
  return answer
}

const give = async (
  tx: Queryable,
  organizationId: string,
  grant: NewGrant,
  reason: string,
): Promise<GrantCreated> => {
  const row = {
    id: grant.id,
    organization_id: organizationId,
    source: 'given' as const,
    series_id: null,
    key: grant.key,
    micro_credits: grant.units,
    priority: grant.priority,
    reason,
    starts_at: grant.startsAt,
    expires_at: grant.expiresAt,
    actor: grant.actor,
    created_at: grant.at,
  }
  await giveCredits(tx, row)
  const written = await findGrant(tx, organizationId, { id: grant.id })
  return { grant: written ? grantOf(written, grant.at) : null, series: null }
}

const beginSeries = async (
  tx: Queryable,
  organizationId: string,
  grant: NewGrant,
  { months, reason }: { readonly months: number; readonly reason: string },
): Promise<GrantCreated> => {
  await insertSeries(
    tx,
    {
      id: grant.id,
      organization_id: organizationId,
      micro_credits: grant.units,
      reason,
      priority: grant.priority,
      starts_at: grant.startsAt,
      months,
      key: grant.key,
      rollover_max: grant.rollover,
      ends_at: grant.expiresAt,
      actor: grant.actor,
    },
    grant.at,
  )
  const first = await findGrant(tx, organizationId, { key: firstOf(grant.id) })
  const series = await findSeries(tx, organizationId, { id: grant.id })
  return {
    grant: first ? grantOf(first, grant.at) : null,
    series: series ? seriesOf(series) : null,
  }
}

/** The grant that was given under the same key. */
const givenBefore = async (
  tx: Queryable,
  organizationId: string,
  { key, at }: NewGrant,
): Promise<GrantCreated | undefined> => {
  const row = await findGrant(tx, organizationId, { key })
  if (row) return { grant: grantOf(row, at), series: null }
  const series = await findSeries(tx, organizationId, { key })
  if (!series) return undefined
  const first = await findGrant(tx, organizationId, { key: firstOf(series.id) })
  return { grant: first ? grantOf(first, at) : null, series: seriesOf(series) }
}

/** The key of the first grant of a series. */
const firstOf = (seriesId: string): string => `series:${seriesId}:0`

const sameTerms = (before: GrantCreated, grant: NewGrant, wanted: Wanted): GrantCreated => {
  const first = before.series ?? before.grant
  const isSame =
    first?.credits === wanted.credits &&
    first.priority === grant.priority &&
    first.expiresAt === (grant.expiresAt?.toISOString() ?? null) &&
    before.series?.everyMonths === wanted.everyMonths
  if (isSame) return before
  const message = 'was used for other credits before: it must come with the same terms'
  throw new TollgateError('idempotency_conflict', {
    detail: `id: ${message}`,
    faults: [{ field: 'id', message }],
  })
}

const newGrant = (ctx: Context, wanted: Wanted, options: CallOptions): NewGrant => {
  const at = ctx.clock.now()
  const startsAt = wanted.startsAt ?? at
  const expiresAt = wanted.expiresAt ?? null
  if (expiresAt && (expiresAt <= startsAt || expiresAt <= at)) {
    throw invalid({ field: 'expiresAt', message: 'must be after its start, and in the future' })
  }
  if (wanted.rolloverMax !== undefined && wanted.everyMonths === undefined) {
    throw invalid({ field: 'rolloverMax', message: 'is for credits that come again (everyMonths)' })
  }
  const id = ctx.ids()
  const key = wanted.id ?? options.idempotencyKey
  return {
    id,
    key: key === undefined ? `grant:${id}` : `key:${key}`,
    units: unitsOf('credits', wanted.credits),
    rollover: unitsOf('rolloverMax', wanted.rolloverMax ?? 0),
    startsAt,
    expiresAt,
    at,
    priority: wanted.priority ?? PLAN_PRIORITY,
    actor: options.actor ?? 'unknown',
  }
}

const unitsOf = (field: 'credits' | 'rolloverMax', amount: number): bigint => {
  const decimal = parseDecimal(amount)
  if (!decimal || decimal.scale > MICRO_CREDIT_SCALE) {
    throw invalid({ field, message: 'must have at most six decimals' })
  }
  return toUnits(decimal, MICRO_CREDIT_SCALE)
}
