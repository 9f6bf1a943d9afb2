import { migratedSchema, migrationSchema } from '../../contract/subscriptions.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Moves organizations to the newest version of their plan. */
export const subscriptionsMigrate = defineRoute({
  operationId: 'subscriptions.migrate',
  method: 'post',
  path: '/api/admin/subscriptions/migration',
  access: 'admin',
  tag: 'Subscriptions',
  summary: 'Move organizations to the newest version of their plan',
  description:
    'Those that are named, now, each by itself: one that cannot be moved is told with its reason.',
  body: uncheckedBody(migrationSchema, { plan: 'api-platform/pro', organizationIds: ['acme'] }),
  answers: { 200: { description: 'Who was moved, and who was not.', schema: migratedSchema } },
  problems: ['unprocessable'],
  run: async (call) => json(await call.tollgate.subscriptions.migrate(call.body, call.acting)),
})
