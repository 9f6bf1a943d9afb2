import type { z } from 'zod'
import type { CallOptions } from '../../contract/call.ts'
import { invalid, TollgateError } from '../../contract/errors.ts'
import { DEFAULT_PAGE_SIZE, type Page, pageFrom } from '../../contract/page.ts'
import type {
  Organization,
  organizationCreateSchema,
  organizationFilterSchema,
} from '../../contract/tenancy.ts'
import { organizationIdSchema } from '../../contract/text.ts'
import { chainOpened } from '../../core/audit.ts'
import { splitKey } from '../../core/catalog-words.ts'
import { announce } from '../../storage/changes.ts'
import type { Queryable } from '../../storage/database.ts'
import type { PlanVersionRow } from '../../storage/tables/catalogs.ts'
import {
  insertOrganization,
  listOrganizations as listRows,
  lockOrganization,
  type OrganizationRow,
} from '../../storage/tables/organizations.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'
import { upToDate } from './due-changes.ts'
import { linkNamedCustomer } from './link-named-customer.ts'
import { scheduleTrialEnd } from './trial-end.ts'

export const createOrganization = async (
  ctx: Context,
  wanted: z.output<typeof organizationCreateSchema>,
  options: CallOptions = {},
): Promise<Organization> => {
  const { row: plan } = planNamed(ctx, wanted.plan)
  const at = ctx.clock.now()
  const { id, name, startsAt = at, trialEndsAt = null } = wanted
  if (startsAt > at) {
    const message = 'must not be in the future: the plan may be used from when it is created'
    throw invalid({ field: 'startsAt', message })
  }
  if (trialEndsAt && trialEndsAt <= at) {
    throw invalid({ field: 'trialEndsAt', message: 'must be in the future' })
  }
  const made = await ctx.db.transaction(async (tx) => {
    const row = { id, name, planVersionId: plan.id, startsAt, trialEndsAt, at }
    const inserted = await insertOrganization(tx, row)
    if (!inserted) return false
    if (trialEndsAt) await scheduleTrialEnd(tx, ctx, id, plan, trialEndsAt, options)
    const created = {
      organizationId: id,
      category: 'organization' as const,
      action: 'organization.created',
      ...actorOf(options),
      subject: `organization:${id}`,
      new: {
        name,
        plan: `${plan.catalog}/${plan.plan}`,
        planVersion: plan.version,
        startsAt: startsAt.toISOString(),
        trialEndsAt: trialEndsAt?.toISOString(),
      },
      told: createdEvents(wanted.name, plan, startsAt, trialEndsAt),
    }
    const linked = await linkNamedCustomer(tx, id, at)
    await appendAudit(tx, ctx, chainOpened(id, actorOf(options)), created, ...linked)
    await announce(tx, 'organization', id)
    return true
  })
  if (!made) {
    throw new TollgateError('already_exists', {
      detail: `the organization "${id}" exists already`,
      faults: [{ field: 'id', message: 'is taken' }],
    })
  }
  ctx.organizations.forget(id)
  return getOrganization(ctx, { organizationId: id })
}

const createdEvents = (
  name: string,
  { catalog, plan: key, version }: PlanVersionRow,
  startsAt: Date,
  trialEndsAt: Date | null,
) => {
  const plan = `${catalog}/${key}`
  const ends = trialEndsAt?.toISOString()
  const created = { name, plan, planVersion: version, startsAt: startsAt.toISOString() }
  return [
    told('organization.created', { ...created, ...(ends && { trialEndsAt: ends }) }),
    ...(ends ? [told('trial.started', { plan, endsAt: ends })] : []),
  ]
}

export const getOrganization = async (
  ctx: Context,
  { organizationId }: { readonly organizationId: string },
): Promise<Organization> => organizationOf(await existing(ctx, organizationId))

/** In the order of their ids. */
export const listOrganizations = async (
  ctx: Context,
  { cursor, limit = DEFAULT_PAGE_SIZE, plan, status }: z.output<typeof organizationFilterSchema>,
): Promise<Page<Organization>> => {
  const rows = await listRows(ctx.db, {
    after: cursor,
    limit: limit + 1,
    catalog: plan === undefined ? undefined : splitKey(plan).catalog,
    plan: plan === undefined ? undefined : splitKey(plan).key,
    status,
  })
  return pageFrom(rows, limit, organizationOf, (row) => row.id)
}

/** The organization after applying its due changes, or `not_found`. */
export const existing = async (ctx: Context, id: string): Promise<OrganizationRow> => {
  const row = isId(id) ? await ctx.organizations.get(id) : undefined
  if (!row) throw noOrganization(id)
  return upToDate(ctx, row)
}

/**
 * The organization, locked until the transaction ends; `not_found` if there is none. A closed one
 * is refused unless `alsoClosed`.
 */
export const lockedOrganization = async (
  tx: Queryable,
  id: string,
  { alsoClosed = false } = {},
): Promise<OrganizationRow> => {
  const row = isId(id) ? await lockOrganization(tx, id) : undefined
  if (!row) throw noOrganization(id)
  if (row.status === 'closed' && !alsoClosed) {
    throw new TollgateError('unprocessable', {
      detail: 'this organization is closed',
      faults: [{ field: 'organizationId', message: 'this organization is closed' }],
    })
  }
  return row
}

const isId = (id: string): boolean => organizationIdSchema.safeParse(id).success

/** Text that is not a valid id may have any length, so the message does not repeat it. */
const noOrganization = (id: string) =>
  new TollgateError('not_found', {
    detail: isId(id) ? `there is no organization "${id}"` : 'there is no such organization',
  })

/** A plan that does not exist is reported as a fault of the field `plan`. */
export const planNamed = (ctx: Context, key: string) => {
  try {
    return ctx.catalog.onlyPlan(key)
  } catch (error) {
    if (!(error instanceof TollgateError)) throw error
    throw noPlan(error.faults[0]?.message ?? error.message)
  }
}

export const noPlan = (message: string): TollgateError =>
  new TollgateError('unprocessable', { detail: message, faults: [{ field: 'plan', message }] })

export const organizationOf = (row: OrganizationRow): Organization => ({
  id: row.id,
  name: row.name,
  plan: `${row.catalog}/${row.plan}`,
  planVersion: row.plan_version,
  status: row.status,
  startsAt: row.starts_at.toISOString(),
  warnPercent: row.warn_percent,
  createdAt: row.created_at.toISOString(),
})
