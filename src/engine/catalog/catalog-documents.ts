import type { z } from 'zod'
import type { CallOptions } from '../../contract/call.ts'
import {
  type CatalogVersions,
  type catalogChangeSchema,
  type catalogDraftSchema,
  type catalogVersionsRequestSchema,
  DEFAULT_VERSIONS,
} from '../../contract/catalog-verbs.ts'
import type { CatalogDiff, CatalogVersion } from '../../contract/catalog-version.ts'
import { diffDocuments } from '../../core/catalog-diff.ts'
import { type CatalogVersionRow, catalogVersions } from '../../storage/tables/catalogs.ts'
import { actorOf } from '../audit/actor-of.ts'
import type { Context } from '../context.ts'
import { checkedCatalog } from './apply-catalog.ts'
import { putInForce } from './put-in-force.ts'

const MAX_VERSION = 2_147_483_647

/** The version of each catalog that is in force. */
export const catalogsInForce = async (ctx: Context): Promise<readonly CatalogVersion[]> =>
  ctx.catalog.versions.map(versionOf)

/** The versions of a catalog, newest first. */
export const listCatalogVersions = async (
  ctx: Context,
  {
    catalog,
    before = MAX_VERSION,
    limit = DEFAULT_VERSIONS,
  }: z.output<typeof catalogVersionsRequestSchema>,
): Promise<CatalogVersions> => {
  ctx.catalog.documentOf(catalog)
  const rows = await catalogVersions(ctx.db, catalog, { before, limit })
  const last = rows.at(-1)
  return {
    versions: rows.map(versionOf),
    // The first version of a catalog is 1: nothing comes before it.
    before: last && last.version > 1 ? last.version : null,
  }
}

/** What applying a document would change. */
export const diffCatalog = async (
  ctx: Context,
  { document }: z.output<typeof catalogDraftSchema>,
): Promise<CatalogDiff> => {
  const catalog = checkedCatalog(document)
  const current = ctx.catalog.catalog(catalog.key)
  return {
    catalog: catalog.key,
    fromVersion: current?.version ?? null,
    changes: diffDocuments(current?.document, catalog),
  }
}

/** Puts a whole document in force. A dry run only returns what would change. */
export const applyCatalogDocument = async (
  ctx: Context,
  {
    document,
    note,
    applyToExisting,
    dryRun,
  }: z.output<typeof catalogChangeSchema> & { readonly dryRun?: boolean },
  options: CallOptions = {},
): Promise<CatalogVersion | CatalogDiff> => {
  if (dryRun) return diffCatalog(ctx, { document })
  const catalog = checkedCatalog(document)
  const change = { ...actorOf(options), note, applyToExisting }
  return versionOf(await putInForce(ctx, catalog.key, () => catalog, change))
}

/** Reads the catalogs again now, without waiting for the store's notice. */
export const refreshCatalogs = async (ctx: Context): Promise<readonly CatalogVersion[]> => {
  await ctx.catalog.refresh()
  return catalogsInForce(ctx)
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
