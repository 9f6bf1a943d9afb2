import { catalogsInForceSchema } from '../config-schemas.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Reads the catalogs again now. */
export const configRefresh = defineRoute({
  operationId: 'config.refresh',
  method: 'post',
  path: '/api/admin/config/refresh',
  access: 'admin',
  tag: 'Catalog',
  summary: 'Read the catalogs again',
  description:
    'Changes are live within a second by themselves, and within five minutes where the store ' +
    'cannot notify; this is for not waiting. Takes no body.',
  answers: { 200: { description: 'The catalogs now in force.', schema: catalogsInForceSchema } },
  run: async (call) => {
    await call.tollgate.eventRegistry.refresh()
    return json({ catalogs: call.tollgate.catalog.inForce() })
  },
})
