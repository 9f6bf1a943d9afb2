import type { Queryable } from '../../storage/database.ts'
import { catchUp } from '../../storage/tables/grants.ts'
import {
  findOrganization,
  lockOrganization,
  type OrganizationRow,
} from '../../storage/tables/organizations.ts'
import { applyDueChanges } from '../../storage/tables/subscriptions.ts'
import type { Context } from '../context.ts'

const ORGANIZATIONS_AT_ONCE = 200

/** Whether a scheduled change is due. */
export const isDue = ({ change_due_at }: OrganizationRow, at: Date): boolean =>
  change_due_at !== null && change_due_at <= at

/**
 * Returns the organization after applying its due changes. It queries the store only if there are
 * any.
 */
export const upToDate = async (
  ctx: Pick<Context, 'db' | 'clock' | 'forgetOrganization'>,
  row: OrganizationRow,
): Promise<OrganizationRow> => {
  const at = ctx.clock.now()
  if (!isDue(row, at)) return row
  await applyDueChanges(ctx.db, at, [row.id], 1)
  ctx.forgetOrganization(row.id)
  return (await findOrganization(ctx.db, row.id)) ?? row
}

/**
 * The same for a verb that has locked it. Its credits are also brought up to this instant, by the
 * plan that was in force until now.
 */
export const lockedUpToDate = async (
  tx: Queryable,
  { clock }: Pick<Context, 'clock'>,
  row: OrganizationRow,
): Promise<OrganizationRow> => {
  const at = clock.now()
  await catchUp(tx, row.id, at)
  if (!isDue(row, at)) return row
  await applyDueChanges(tx, at, [row.id], 1)
  return (await lockOrganization(tx, row.id)) ?? row
}

/**
 * Applies the due changes of all organizations. It serves only readers: every decision, change or
 * invoice applies its own organization's due changes first.
 */
export const applyAllDue = async ({ db, clock }: Pick<Context, 'db' | 'clock'>): Promise<void> => {
  while ((await applyDueChanges(db, clock.now(), null, ORGANIZATIONS_AT_ONCE)) > 0);
}
