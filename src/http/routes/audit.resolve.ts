import { auditEventSchema, auditResolveSchema } from '../../contract/audit.ts'
import { organizationAuditEntryParameters } from '../audit-parameters.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Says of an entry that it was dealt with. */
export const auditResolve = defineRoute({
  operationId: 'audit.resolve',
  method: 'post',
  path: '/api/organizations/{orgId}/audit/{sequence}/resolve',
  access: 'audit.read',
  organization: 'path',
  tag: 'Audit',
  summary: 'Resolve an audit event',
  description:
    'Appends an entry that names this one, with the note; nothing is changed. Once only.',
  params: organizationAuditEntryParameters,
  body: uncheckedBody(auditResolveSchema, {
    note: 'Spoke to the customer: a loop in their script.',
  }),
  answers: { 200: { description: 'The entry with its resolution.', schema: auditEventSchema } },
  problems: ['not_found', 'already_exists', 'unprocessable'],
  run: async ({ tollgate, params, body, acting }) =>
    json(await tollgate.audit.resolve(params.orgId, params.sequence, body, acting)),
})
