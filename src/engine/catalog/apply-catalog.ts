import { type Catalog, type Plan, validateCatalog } from '../../contract/catalog.ts'
import { invalid, TollgateError } from '../../contract/errors.ts'
import { exactDecimal, toUnits } from '../../core/amounts.ts'
import { canonical } from '../../core/canonical.ts'
import type { Fault } from '../../core/fault.ts'
import { announce } from '../../storage/changes.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  type CatalogVersionRow,
  catalogsInForce,
  insertCatalogVersion,
  insertMeter,
  insertPlanLimit,
  insertPlanVersion,
  listMeters,
  lockCatalogs,
  moveOrganizationsToPlan,
  type PlanVersionRow,
  plansInForce,
  rememberFile,
} from '../../storage/tables/catalogs.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { applyAllDue } from '../tenancy/due-changes.ts'
import { endLooserOverrides } from '../tenancy/looser-overrides.ts'
import { catalogActs, type MovedOrganization, type NamedChange } from './audit-catalog.ts'

/** The catalog, or one error with all of its faults. */
export const checkedCatalog = (document: unknown): Catalog => {
  const checked = validateCatalog(document)
  if (checked.ok) return checked.catalog
  throw invalid(...checked.faults)
}

/**
 * Makes the new document from the current one, which is read under the lock. So two concurrent
 * changes both survive.
 */
export type CatalogEdit = (current: Catalog | undefined) => unknown

/**
 * Puts a catalog in force. One transaction writes the new version, the plan versions that differ,
 * the audit entries and the notice to every process. It holds one lock over all processes.
 */
export const applyCatalog = async (
  ctx: Pick<Context, 'db' | 'clock'>,
  key: string,
  edit: CatalogEdit,
  change: NamedChange,
): Promise<CatalogVersionRow> => {
  // Scheduled changes that are due are applied before organizations move.
  if (change.applyToExisting || change.movePlan) await applyAllDue(ctx)
  return ctx.db.transaction(async (tx) => {
    const at = ctx.clock.now()
    await lockCatalogs(tx)
    const current = (await catalogsInForce(tx)).find((row) => row.catalog === key)
    const catalog = checkedCatalog(edit(current && checkedCatalog(current.document)))
    if (catalog.key !== key) {
      throw invalid({ field: 'key', message: `must stay "${key}"` })
    }
    await agreeOnMeters(tx, catalog)
    const isSame =
      current !== undefined && canonical(checkedCatalog(current.document)) === canonical(catalog)
    if (isSame && !change.applyToExisting && !change.movePlan) {
      // From here on, changes through the API stay, although the file differs from them.
      if (change.sourceHash !== undefined) await rememberFile(tx, current.id, change.sourceHash)
      return current
    }
    const version = await insertCatalogVersion(tx, {
      catalog: catalog.key,
      document: catalog,
      source: change.source ?? 'api',
      sourceHash: change.sourceHash,
      actor: change.actor,
      note: change.note,
      at,
    })
    const moved = await versionPlans(tx, catalog, change, at)
    await appendAudit(tx, ctx, ...catalogActs(current, version, catalog, moved, change))
    for (const { id } of moved) await announce(tx, 'organization', id)
    await announce(tx, 'catalog', catalog.key)
    return version
  })
}

/** A meter must mean the same in every catalog, since an organization may move between catalogs. */
const agreeOnMeters = async (tx: Queryable, catalog: Catalog): Promise<void> => {
  const known = new Map((await listMeters(tx)).map((meter) => [meter.key, meter]))
  const faults: Fault[] = []
  for (const meter of catalog.meters) {
    const other = known.get(meter.key)
    if (!other) await insertMeter(tx, meter)
    else if (other.aggregation !== meter.aggregation || other.scale !== meter.scale) {
      const message = `is already a ${other.aggregation} meter with ${other.scale} decimals, in use`
      faults.push({ field: `meters.${meter.key}`, message })
    }
  }
  if (faults.length > 0) {
    throw new TollgateError('unprocessable', {
      detail: 'a meter cannot change its meaning',
      faults,
    })
  }
}

/**
 * Makes a new version of each plan that differs from its newest version. Returns the organizations
 * that moved to a newer version.
 */
const versionPlans = async (
  tx: Queryable,
  catalog: Catalog,
  change: NamedChange,
  at: Date,
): Promise<readonly MovedOrganization[]> => {
  const allMoved: MovedOrganization[] = []
  const newest = new Map(
    (await plansInForce(tx))
      .filter((row) => row.catalog === catalog.key)
      .map((row) => [row.plan, row]),
  )
  for (const plan of catalog.plans) {
    let version = newest.get(plan.key)
    if (!version || canonical(version.document) !== canonical(plan)) {
      version = await insertPlan(tx, catalog, plan, at)
    }
    if (change.applyToExisting || change.movePlan === plan.key) {
      const moved = await moveOrganizationsToPlan(tx, version)
      await endLooserOverrides(
        tx,
        moved.map(({ id }) => id),
        at,
      )
      const toVersion = version.version
      allMoved.push(...moved.map((one) => ({ ...one, plan: plan.key, toVersion })))
    }
  }
  return allMoved
}

const insertPlan = async (
  tx: Queryable,
  catalog: Catalog,
  plan: Plan,
  at: Date,
): Promise<PlanVersionRow> => {
  const version = await insertPlanVersion(tx, {
    catalog: catalog.key,
    plan: plan.key,
    document: plan,
    at,
  })
  const scales = new Map(catalog.meters.map((meter) => [meter.key, meter.scale]))
  for (const limit of plan.limits) {
    const units = (amount: number): bigint =>
      toUnits(exactDecimal(String(amount)), scales.get(limit.meter) ?? 0)
    const row = {
      ...limit,
      max: limit.max === null ? null : units(limit.max),
      burst: limit.burst === undefined ? undefined : units(limit.burst),
      cap: limit.cap === undefined ? undefined : units(limit.cap),
    }
    await insertPlanLimit(tx, version.id, row)
  }
  return version
}
