import { dryRunSchema } from '../../contract/plan-reports.ts'
import { catalogDraftDocumentedSchema, catalogDraftSchema } from '../config-schemas.ts'
import { exampleCatalog } from '../example-catalog.ts'
import { json } from '../replies.ts'
import { checkedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** What a document would have made of the last 90 days. */
export const configDryRun = defineRoute({
  operationId: 'config.dry-run',
  method: 'post',
  path: '/api/admin/config/dry-run',
  access: 'admin',
  tag: 'Catalog',
  summary: 'What a document would have made of the last 90 days',
  description:
    'Prices every event of that time anew, and holds the use to the limits and rates of the ' +
    'document, as if everybody had been moved to it. Applies nothing. Takes about a second for ' +
    '50,000 events.',
  body: checkedBody(catalogDraftSchema, { document: exampleCatalog }, catalogDraftDocumentedSchema),
  answers: {
    200: { description: 'The difference, organization by organization.', schema: dryRunSchema },
  },
  problems: ['unprocessable'],
  run: async (call) => json(await call.tollgate.insight.dryRun(call.body.document)),
})
