import type { Queryable } from '../database.ts'

export interface CatalogVersionRow {
  readonly id: bigint
  readonly catalog: string
  readonly version: number
  readonly document: Record<string, unknown>
  readonly source: 'file' | 'api'
  readonly source_hash: string | null
  readonly actor: string
  readonly note: string | null
  readonly created_at: Date
}

/** The newest version of every catalog. */
export const catalogsInForce = (db: Queryable): Promise<CatalogVersionRow[]> =>
  db.query(`select distinct on (catalog) * from tollgate.catalog_versions
            order by catalog, version desc`)

export const catalogVersions = (
  db: Queryable,
  catalog: string,
  page: { before: number; limit: number },
): Promise<CatalogVersionRow[]> =>
  db.query(
    `select * from tollgate.catalog_versions
     where catalog = $1 and version < $2 order by version desc limit $3`,
    [catalog, page.before, page.limit],
  )

/**
 * The hash of the file that a catalog was last loaded from, or that was found equal to the version
 * in force.
 */
export const lastFileHash = async (db: Queryable, catalog: string): Promise<string | undefined> => {
  const rows = await db.query<{ source_hash: string }>(
    `select source_hash from tollgate.catalog_versions
     where catalog = $1 and source_hash is not null order by version desc limit 1`,
    [catalog],
  )
  return rows[0]?.source_hash
}

/** Stores with a version that a file is equal to it, so that the file is not applied again. */
export const rememberFile = async (
  tx: Queryable,
  id: bigint,
  sourceHash: string,
): Promise<void> => {
  await tx.query('update tollgate.catalog_versions set source_hash = $2 where id = $1', [
    id,
    sourceHash,
  ])
}

/**
 * Allows one change of catalogs at a time, over all processes. The lock is held until the
 * transaction ends.
 */
export const lockCatalogs = async (tx: Queryable): Promise<void> => {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('tollgate.catalogs', 0))`)
}

export const insertCatalogVersion = async (
  tx: Queryable,
  row: Pick<CatalogVersionRow, 'catalog' | 'source' | 'actor'> & {
    document: unknown
    sourceHash: string | undefined
    note: string | undefined
    at: Date
  },
): Promise<CatalogVersionRow> => {
  const rows = await tx.query<CatalogVersionRow>(
    `insert into tollgate.catalog_versions
       (catalog, version, document, source, source_hash, actor, note, created_at)
     select $1, coalesce(max(version), 0) + 1, $2::jsonb, $3, $4, $5, $6, $7
     from tollgate.catalog_versions where catalog = $1
     returning *`,
    [
      row.catalog,
      JSON.stringify(row.document),
      row.source,
      row.sourceHash ?? null,
      row.actor,
      row.note ?? null,
      row.at,
    ],
  )
  return rows[0] as CatalogVersionRow
}

export interface MeterRow {
  readonly key: string
  readonly unit: string
  readonly aggregation: 'sum' | 'count' | 'max' | 'unique' | 'latest'
  readonly scale: number
}

export const listMeters = (db: Queryable): Promise<MeterRow[]> =>
  db.query('select key, unit, aggregation, scale from tollgate.meters order by key')

export const insertMeter = async (tx: Queryable, meter: MeterRow): Promise<void> => {
  await tx.query(
    `insert into tollgate.meters (key, unit, aggregation, scale) values ($1, $2, $3, $4)
     on conflict (key) do nothing`,
    [meter.key, meter.unit, meter.aggregation, meter.scale],
  )
}

export interface PlanVersionRow {
  readonly id: bigint
  readonly catalog: string
  readonly plan: string
  readonly version: number
  readonly document: Record<string, unknown>
}

/** The newest version of every plan. */
export const plansInForce = (db: Queryable): Promise<PlanVersionRow[]> =>
  db.query(`select distinct on (catalog, plan) id, catalog, plan, version, document
            from tollgate.plan_versions order by catalog, plan, version desc`)

export const insertPlanVersion = async (
  tx: Queryable,
  plan: { catalog: string; plan: string; document: unknown; at: Date },
): Promise<PlanVersionRow> => {
  const rows = await tx.query<PlanVersionRow>(
    `insert into tollgate.plan_versions (catalog, plan, version, document, created_at)
     select $1, $2, coalesce(max(version), 0) + 1, $3::jsonb, $4
     from tollgate.plan_versions where catalog = $1 and plan = $2
     returning id, catalog, plan, version, document`,
    [plan.catalog, plan.plan, JSON.stringify(plan.document), plan.at],
  )
  return rows[0] as PlanVersionRow
}

export const insertPlanLimit = async (
  tx: Queryable,
  planVersionId: bigint,
  limit: {
    meter: string
    window: string
    per?: string | undefined
    max: bigint | null
    behavior: string
    burst?: bigint | undefined
    cap?: bigint | undefined
    onFailure?: string | undefined
    decide?: string | undefined
    durable?: boolean | undefined
    anonymous?: string | undefined
  },
): Promise<void> => {
  await tx.query(
    `insert into tollgate.plan_limits (plan_version_id, meter, window_name, max, behavior, per,
       burst, cap, on_failure, decide, durable, anonymous)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      planVersionId,
      limit.meter,
      limit.window,
      limit.max,
      limit.behavior,
      limit.per ?? 'organization',
      limit.burst ?? null,
      limit.cap ?? null,
      limit.onFailure ?? null,
      limit.decide ?? null,
      limit.durable ?? false,
      limit.anonymous ?? null,
    ],
  )
}

/**
 * Moves every organization on an older version of the plan to this one. Their alerts are evaluated
 * before the next event is posted, or within a minute.
 */
export const moveOrganizationsToPlan = async (
  tx: Queryable,
  plan: PlanVersionRow,
): Promise<readonly { readonly id: string; readonly fromVersion: number }[]> => {
  const moved = await tx.query<{ id: string; from_version: number }>(
    `update tollgate.organizations o set plan_version_id = $1, alert_epoch = -1
     from tollgate.plan_versions p
     where p.id = o.plan_version_id and p.catalog = $2 and p.plan = $3 and p.id <> $1
     returning o.id, p.version as from_version`,
    [plan.id, plan.catalog, plan.plan],
  )
  return moved.map((row) => ({ id: row.id, fromVersion: row.from_version }))
}
