import type { Tollgate } from '../../contract/tollgate.ts'
import type { StepTollgate } from '../../contract/workflow-definition.ts'
import type { LateSettlements } from '../../facade/late-settlements.ts'
import type { Queryable } from '../../storage/database.ts'
import { databaseInside } from '../../storage/nested-transaction.ts'
import { clockTimers } from '../clock.ts'
import type { Context } from '../context.ts'
import { contextInside } from '../context-inside.ts'
import { createEntry, type Entry, type Verb } from '../entry.ts'
import type { Partitions } from '../ledger/partitions.ts'
import { libraryOf } from '../library.ts'
import { MemberDirectory } from '../tenancy/member-directory.ts'
import { organizationDirectory } from '../tenancy/organization-directory.ts'
import { verbs } from '../verbs.ts'

/** The library for a caller that appears in the audit log as `actor`. */
export const libraryAs = (
  ctx: Context,
  entry: Entry,
  actor: string,
  settlements?: LateSettlements,
): Tollgate =>
  libraryOf({
    ...(settlements && { settlements }),
    entry: {
      admit: (operation, caller, options, source) =>
        entry.admit(operation, caller, { ...options, actor: options.actor ?? actor }, source),
    },
    timers: clockTimers(ctx.clock),
    log: ctx.log,
  })

/**
 * The verbs inside a transaction of ours. Organizations and members are read in the transaction,
 * into caches of their own, because its changes are not committed yet.
 *
 * All leases of the organization must be returned before the transaction begins.
 */
export const libraryInside = (
  ctx: Context,
  partitions: Partitions,
  tx: Queryable,
  actor: string,
): StepTollgate => {
  const db = databaseInside(tx, ctx.db.kind)
  const organizations = organizationDirectory(db, ctx.clock)
  const inside: Context = {
    ...contextInside({ ...ctx, leases: undefined }, partitions, db),
    organizations,
    members: new MemberDirectory(db, ctx.clock),
    forgetOrganization: (id) => void organizations.forget(id),
    forgetOrganizations: () => void organizations.forgetAll(),
  }
  const entry = createEntry({
    ctx: inside,
    verbs: verbs as Readonly<Record<string, Verb>>,
    isClosing: () => false,
  })
  const all = libraryAs(inside, entry, actor)
  const { check, track, record, reserve, extend, settle, release, reverse } = all
  const { organizations: verbsOf, members, limits, grants, subscriptions, budgets } = all
  return {
    check,
    track,
    record,
    reserve,
    extend,
    settle,
    release,
    reverse,
    organizations: verbsOf,
    members,
    limits,
    grants,
    subscriptions,
    budgets,
  }
}
