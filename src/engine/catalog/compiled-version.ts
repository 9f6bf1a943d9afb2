import { validateCatalog } from '../../contract/catalog.ts'
import { catalogDocument } from '../../storage/events/dry-run.ts'
import type { Context } from '../context.ts'
import { type CompiledCatalog, compileCatalog } from './compiled-catalog.ts'

/** A version of a catalog, in force or not; undefined if it can no longer be read. */
export const compiledVersion = async (
  ctx: Pick<Context, 'db' | 'catalog'>,
  id: bigint,
): Promise<CompiledCatalog | undefined> => {
  const known = ctx.catalog.catalogs.find(({ versionId }) => versionId === id)
  if (known) return known
  const checked = validateCatalog(await catalogDocument(ctx.db, id))
  return checked.ok ? compileCatalog(checked.catalog, { id, version: 0 }) : undefined
}
