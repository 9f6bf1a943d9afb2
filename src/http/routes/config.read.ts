import { catalogsInForceSchema } from '../config-schemas.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** The catalogs in force. */
export const configRead = defineRoute({
  operationId: 'config.read',
  method: 'get',
  path: '/api/admin/config',
  access: 'admin',
  tag: 'Catalog',
  summary: 'The catalogs in force',
  description: 'Whole documents with their versions; a catalog holds no secret.',
  answers: { 200: { description: 'One version of each catalog.', schema: catalogsInForceSchema } },
  run: (call) => json({ catalogs: call.tollgate.catalog.inForce() }),
})
