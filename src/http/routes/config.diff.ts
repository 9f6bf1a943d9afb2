import { catalogDiffSchema } from '../../contract/catalog-version.ts'
import { catalogDraftDocumentedSchema, catalogDraftSchema } from '../config-schemas.ts'
import { exampleCatalog } from '../example-catalog.ts'
import { json } from '../replies.ts'
import { checkedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** What putting this document in force would change. */
export const configDiff = defineRoute({
  operationId: 'config.diff',
  method: 'post',
  path: '/api/admin/config/diff',
  access: 'admin',
  tag: 'Catalog',
  summary: 'What a document would change',
  body: checkedBody(catalogDraftSchema, { document: exampleCatalog }, catalogDraftDocumentedSchema),
  answers: { 200: { description: 'The differences.', schema: catalogDiffSchema } },
  run: async (call) => json(await call.tollgate.catalog.diff(call.body.document)),
})
