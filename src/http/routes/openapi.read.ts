import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** This interface as OpenAPI 3.1. Public: it is documentation and holds no data. */
export const openapiRead = defineRoute({
  operationId: 'openapi.read',
  method: 'get',
  path: '/openapi.json',
  access: 'public',
  tag: 'Operation',
  summary: 'This interface as OpenAPI 3.1',
  description: 'Public: it is documentation and holds no data.',
  answers: { 200: { description: 'The document.', mediaType: 'application/json' } },
  run: (call) => json(call.reference.document()),
})
