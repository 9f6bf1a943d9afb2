import type { DecisionReason } from '../../contract/decision.ts'
import { invalid } from '../../contract/errors.ts'
import type { UsageEvent } from '../../contract/usage.ts'
import { isIdTaken } from '../../storage/gate/decisions.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'
import type { Context } from '../context.ts'
import { isAway } from '../group-commit/store-guard.ts'
import { type Prepared, type PrepareOptions, prepareUsage } from '../ledger/usage-item.ts'
import { isDue, upToDate } from '../tenancy/due-changes.ts'

/** A call that is ready for the gate, or the reason for a refusal without checking limits. */
export type PreparedCall =
  | { readonly organization: OrganizationRow; readonly item: UsageItem }
  | { readonly refused: DecisionReason }

/**
 * Finds the organization and prices the call. Throws the faults of the fields.
 *
 * With `mayBeRetry`, a known id gets its first answer even if its timestamp is now too old.
 */
export const prepareCall = async (
  ctx: Context,
  event: UsageEvent,
  options: PrepareOptions,
  mayBeRetry = false,
): Promise<PreparedCall> => {
  const { organizationId } = event
  if (organizationId === undefined) {
    throw invalid({ field: 'organizationId', message: 'is required' })
  }
  const known = ctx.organizations.known(organizationId) ?? (await find(ctx, organizationId))
  const organization = known && isDue(known, ctx.clock.now()) ? await brought(ctx, known) : known
  let prepared = prepareUsage(ctx, organization, event, options)
  if (
    prepared.kind === 'invalid' &&
    mayBeRetry &&
    (await wasTaken(ctx, event, options, prepared))
  ) {
    prepared = prepareUsage(ctx, organization, event, { ...options, retry: true })
  }
  if (prepared.kind === 'invalid') throw invalid(...prepared.faults)
  if (prepared.kind === 'refused' || !organization) {
    return { refused: prepared.kind === 'refused' ? prepared.reason : 'unknown_organization' }
  }
  return { organization, item: prepared.item }
}

/** True if only the timestamp is wrong, and the id was admitted before. */
const wasTaken = async (
  ctx: Context,
  event: UsageEvent,
  { idempotencyKey }: PrepareOptions,
  { faults }: Extract<Prepared, { kind: 'invalid' }>,
): Promise<boolean> => {
  const id = event.id ?? idempotencyKey
  const { organizationId } = event
  if (id === undefined || organizationId === undefined) return false
  if (faults.some(({ field }) => field !== 'timestamp')) return false
  return ctx.guard.run(() => isIdTaken(ctx.db, organizationId, id))
}

/**
 * Applies due changes of the subscription. While the store is unavailable, the last known state
 * counts.
 */
const brought = async (ctx: Context, organization: OrganizationRow): Promise<OrganizationRow> => {
  try {
    return await ctx.guard.run(() => upToDate(ctx, organization))
  } catch (error) {
    if (!isAway(error)) throw error
    return organization
  }
}

/**
 * While the store is unavailable, returns the last known state. The failure policies decide then.
 */
const find = async (ctx: Context, id: string): Promise<OrganizationRow | undefined> => {
  try {
    return await ctx.guard.run(() => ctx.organizations.get(id))
  } catch (error) {
    const last = isAway(error) ? ctx.organizations.last(id) : undefined
    if (!last) throw error
    return last
  }
}
