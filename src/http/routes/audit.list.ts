import { auditPageSchema } from '../../contract/audit.ts'
import { auditQuerySchema, auditReply } from '../audit-parameters.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { defineRoute } from '../route.ts'

/** The audit log of one organization. */
export const auditList = defineRoute({
  operationId: 'audit.list',
  method: 'get',
  path: '/api/organizations/{orgId}/audit',
  access: 'audit.read',
  organization: 'path',
  tag: 'Audit',
  summary: 'The audit log of an organization',
  description:
    'Newest first. With `format`, everything that the filters let through as a file, CSV or a ' +
    'JSON object a line; cells that a spreadsheet would take for a formula begin with an apostrophe.',
  params: organizationParameters,
  query: auditQuerySchema,
  answers: { 200: { description: 'A page of the log.', schema: auditPageSchema } },
  problems: ['not_found'],
  run: (call) => auditReply(call.tollgate, call.params.orgId, call.query),
})
