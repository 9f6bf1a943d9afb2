import { z } from 'zod'
import { catalogDiffSchema, catalogVersionSchema } from '../../contract/catalog-version.ts'
import { catalogChangeDocumentedSchema, catalogChangeSchema } from '../config-schemas.ts'
import { exampleCatalog } from '../example-catalog.ts'
import { booleanParameterSchema } from '../parameters.ts'
import { json } from '../replies.ts'
import { checkedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Puts a whole catalog document in force, or says what that would change. */
export const configApply = defineRoute({
  operationId: 'config.apply',
  method: 'patch',
  path: '/api/admin/config',
  access: 'admin',
  tag: 'Catalog',
  summary: 'Put a catalog in force',
  description:
    'Takes the whole document of one catalog and makes a new version of it, live in a second. ' +
    'A document with anything wrong in it is refused whole, with every fault named. With ' +
    '`dryRun=true` it answers what would change, and changes nothing.',
  query: z.strictObject({ dryRun: booleanParameterSchema.optional() }),
  body: checkedBody(
    catalogChangeSchema,
    { document: exampleCatalog, note: 'first plans' },
    catalogChangeDocumentedSchema,
  ),
  answers: {
    200: {
      description: 'The new version; with `dryRun=true`, the differences.',
      schema: z.union([catalogVersionSchema, catalogDiffSchema]),
    },
  },
  problems: ['unprocessable'],
  run: async (call) => {
    const { document, ...change } = call.body
    if (call.query.dryRun) return json(await call.tollgate.catalog.diff(document))
    const { actor = 'admin', address } = call.acting
    const acting = { actor, address, source: 'api' as const }
    return json(await call.tollgate.catalog.apply(document, { ...change, ...acting }))
  },
})
