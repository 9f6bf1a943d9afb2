import { createHash } from 'node:crypto'
import { canonical } from '../../core/canonical.ts'
import { lastFileHash } from '../../storage/tables/catalogs.ts'
import type { Context } from '../context.ts'
import { applyCatalog, checkedCatalog } from './apply-catalog.ts'

/**
 * Loads a catalog from a file at the start. It is applied if the database has no version of it, or
 * if the file was edited since it was last loaded. Otherwise the database's version stays in force,
 * with all changes made through the API.
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
