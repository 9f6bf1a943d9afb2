import { auditPageSchema } from '../../contract/audit.ts'
import { auditQuerySchema, auditReply } from '../audit-parameters.ts'
import { defineRoute } from '../route.ts'

/** The platform's own audit log: catalogs, its keys, and what concerns no organization. */
export const auditListPlatform = defineRoute({
  operationId: 'audit.list-platform',
  method: 'get',
  path: '/api/admin/audit',
  access: 'admin',
  tag: 'Audit',
  summary: "The platform's own audit log",
  description:
    'As the log of an organization, of what concerns none of them: catalogs, admin keys.',
  query: auditQuerySchema,
  answers: { 200: { description: 'A page of the log.', schema: auditPageSchema } },
  run: (call) => auditReply(call.tollgate, null, call.query),
})
