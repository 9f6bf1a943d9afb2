import { TollgateError } from '../../contract/errors.ts'
import { parse } from '../../contract/parse.ts'
import {
  type Organization,
  type OrganizationCreateInput,
  organizationCreateSchema,
} from '../../contract/tenancy.ts'
import { announce } from '../../storage/changes.ts'
import { insertOrganization, type OrganizationRow } from '../../storage/tables/organizations.ts'
import type { Context } from '../context.ts'

export const createOrganization = async (
  ctx: Context,
  input: OrganizationCreateInput,
): Promise<Organization> => {
  const wanted = parse(organizationCreateSchema, input)
  const plan = planNamed(ctx, wanted.plan)
  const at = ctx.clock.now()
  const startsAt = wanted.startsAt ?? at
  const made = await ctx.db.transaction(async (tx) => {
    const inserted = await insertOrganization(tx, {
      id: wanted.id,
      name: wanted.name,
      planVersionId: plan.id,
      startsAt,
      at,
    })
    if (inserted) await announce(tx, 'organization', wanted.id)
    return inserted
  })
  if (!made) {
    throw new TollgateError('already_exists', `the organization "${wanted.id}" exists already`, [
      { field: 'id', message: 'is taken' },
    ])
  }
  ctx.organizations.forget(wanted.id)
  return getOrganization(ctx, wanted.id)
}

export const getOrganization = async (ctx: Context, id: string): Promise<Organization> =>
  organizationOf(await existing(ctx, id))

/** The organization, or `not_found`. */
export const existing = async (ctx: Context, id: string): Promise<OrganizationRow> => {
  const row = await ctx.organizations.get(id)
  if (!row) throw new TollgateError('not_found', 'there is no such organization')
  return row
}

/** A plan that does not exist is a fault of the field `plan`. */
const planNamed = (ctx: Context, key: string) => {
  try {
    return ctx.catalog.onlyPlan(key).row
  } catch (error) {
    if (!(error instanceof TollgateError)) throw error
    const message = error.faults[0]?.message ?? error.message
    throw new TollgateError('unprocessable', error.message, [{ field: 'plan', message }])
  }
}

const organizationOf = (row: OrganizationRow): Organization => ({
  id: row.id,
  name: row.name,
  plan: `${row.catalog}/${row.plan}`,
  planVersion: row.plan_version,
  status: row.status,
  startsAt: row.starts_at.toISOString(),
  warnPercent: row.warn_percent,
  createdAt: row.created_at.toISOString(),
})
