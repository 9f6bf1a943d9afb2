import type { Catalog } from '../../contract/catalog.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { CatalogVersionRow } from '../../storage/tables/catalogs.ts'
import type { Context } from '../context.ts'
import { applyCatalog, type CatalogEdit } from './apply-catalog.ts'
import type { NamedChange } from './audit-catalog.ts'

/** Applies a catalog, and refreshes this process's cache before the answer. */
export const putInForce = async (
  ctx: Context,
  key: string,
  edit: CatalogEdit,
  change: NamedChange,
): Promise<CatalogVersionRow> => {
  const row = await applyCatalog(ctx, key, edit, change)
  await ctx.catalog.refresh()
  if (change.applyToExisting || change.movePlan) ctx.forgetOrganizations()
  return row
}

/** Changes one catalog that is loaded. `movePlan` also moves the organizations on that plan. */
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
      if (!current) throw new TollgateError('not_found', { detail: `there is no catalog "${key}"` })
      return edit(current)
    },
    change,
  )
