import { createHash } from 'node:crypto'
import type { Catalog } from '../../contract/catalog.ts'
import type { CatalogVersion } from '../../contract/catalog-version.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { Tollgate } from '../../contract/tollgate.ts'
import { canonical } from '../../core/canonical.ts'
import { diffDocuments } from '../../core/catalog-diff.ts'
import {
  type CatalogVersionRow,
  catalogVersions,
  lastFileHash,
} from '../../storage/tables/catalogs.ts'
import type { Context } from '../context.ts'
import { applyCatalog, checkedCatalog } from './apply-catalog.ts'
import type { NamedChange } from './audit-catalog.ts'

const MAX_PAGE = 100

/** Catalogs as a whole: what is in force, its versions, and putting another document in force. */
export const catalogVerbs = (ctx: Context): Tollgate['catalog'] => ({
  inForce: () => ctx.catalog.versions.map(versionOf),
  versions: async (catalog, page = {}) => {
    ctx.catalog.documentOf(catalog)
    const rows = await catalogVersions(ctx.db, catalog, {
      before: page.before ?? 2_147_483_647,
      limit: Math.min(page.limit ?? 20, MAX_PAGE),
    })
    return rows.map(versionOf)
  },
  diff: async (document) => {
    const catalog = checkedCatalog(document)
    const current = ctx.catalog.catalog(catalog.key)
    return {
      catalog: catalog.key,
      fromVersion: current?.version ?? null,
      changes: diffDocuments(current?.document, catalog),
    }
  },
  apply: async (document, change) => {
    const catalog = checkedCatalog(document)
    return versionOf(await putInForce(ctx, catalog.key, () => catalog, change))
  },
})

/** Changes one catalog that is loaded. `movePlan` moves the organizations on that plan as well. */
export const changeCatalog = (
  ctx: Context,
  key: string,
  change: NamedChange,
  edit: (document: Catalog) => unknown,
): Promise<CatalogVersionRow> =>
  putInForce(
    ctx,
    key,
    (current) => {
      if (!current) throw new TollgateError('not_found', `there is no catalog "${key}"`)
      return edit(current)
    },
    change,
  )

const putInForce = async (
  ctx: Context,
  key: string,
  edit: (current: Catalog | undefined) => unknown,
  change: NamedChange,
): Promise<CatalogVersionRow> => {
  const row = await applyCatalog(ctx, key, edit, change)
  await ctx.catalog.refresh()
  if (change.applyToExisting || change.movePlan) ctx.forgetOrganizations()
  return row
}

/**
 * Loads a catalog from a file at start: applied when the database has none of it, or when the file
 * itself was edited since it was last loaded; otherwise what the database holds stays in force,
 * with whatever was changed through the API.
 */
export const loadCatalogFile = async (
  ctx: Context,
  document: unknown,
  origin: string,
): Promise<void> => {
  const catalog = checkedCatalog(document)
  const sourceHash = createHash('sha256').update(canonical(catalog)).digest('hex')
  if ((await lastFileHash(ctx.db, catalog.key)) === sourceHash) return
  await applyCatalog(ctx, catalog.key, () => catalog, {
    actor: 'file',
    source: 'file',
    sourceHash,
    note: origin,
  })
}

const versionOf = (row: CatalogVersionRow): CatalogVersion => ({
  id: String(row.id),
  catalog: row.catalog,
  version: row.version,
  source: row.source,
  actor: row.actor,
  note: row.note,
  createdAt: row.created_at.toISOString(),
  document: row.document,
})
