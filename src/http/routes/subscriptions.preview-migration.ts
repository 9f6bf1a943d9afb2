import { migrationPageSchema, migrationRequestSchema } from '../../contract/subscriptions.ts'
import { pageQuerySchema } from '../page-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Who would pay what on the newest version of a plan. */
export const subscriptionsPreviewMigration = defineRoute({
  operationId: 'subscriptions.preview-migration',
  method: 'get',
  path: '/api/admin/subscriptions/migration',
  access: 'admin',
  tag: 'Subscriptions',
  summary: 'What moving to the newest version of a plan would cost whom',
  description: 'Organizations on older versions, in the order of their ids. Changes nothing.',
  query: pageQuerySchema.extend({ plan: migrationRequestSchema.shape.plan }),
  answers: { 200: { description: 'A page of them.', schema: migrationPageSchema } },
  problems: ['unprocessable'],
  run: async (call) => json(await call.tollgate.subscriptions.previewMigration(call.query)),
})
