import { z } from 'zod'
import { keySchema } from '../../contract/catalog.ts'
import { catalogVersionsSchema } from '../config-schemas.ts'
import { integerParameterSchema } from '../parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

const DEFAULT_PAGE = 20
const MAX_PAGE = 100
const MAX_VERSION = 2_147_483_647

/** The versions of a catalog, newest first. */
export const configVersions = defineRoute({
  operationId: 'config.versions',
  method: 'get',
  path: '/api/admin/config/versions',
  access: 'admin',
  tag: 'Catalog',
  summary: 'The versions of a catalog',
  query: z.strictObject({
    catalog: keySchema.describe('the key of the catalog'),
    before: integerParameterSchema(1, MAX_VERSION)
      .optional()
      .describe('only versions with a smaller number'),
    limit: integerParameterSchema(1, MAX_PAGE)
      .optional()
      .describe(`how many, ${DEFAULT_PAGE} if not given`),
  }),
  answers: { 200: { description: 'A page of versions.', schema: catalogVersionsSchema } },
  problems: ['not_found'],
  run: async (call) => {
    const { catalog, before, limit = DEFAULT_PAGE } = call.query
    const versions = await call.tollgate.catalog.versions(catalog, { before, limit })
    const last = versions.at(-1)
    // The first version of a catalog is 1: nothing comes before it.
    return json({ versions, before: last && last.version > 1 ? last.version : null })
  },
})
