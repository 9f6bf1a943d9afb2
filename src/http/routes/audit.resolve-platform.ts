import { auditEventSchema, auditResolveSchema } from '../../contract/audit.ts'
import { auditEntryParameters } from '../audit-parameters.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Says of an entry of the platform's own log that it was dealt with. */
export const auditResolvePlatform = defineRoute({
  operationId: 'audit.resolve-platform',
  method: 'post',
  path: '/api/admin/audit/{sequence}/resolve',
  access: 'admin',
  tag: 'Audit',
  summary: "Resolve an audit event of the platform's",
  description:
    'Appends an entry that names this one, with the note; nothing is changed. Once only.',
  params: auditEntryParameters,
  body: uncheckedBody(auditResolveSchema, { note: 'That was our own scan.' }),
  answers: { 200: { description: 'The entry with its resolution.', schema: auditEventSchema } },
  problems: ['not_found', 'already_exists', 'unprocessable'],
  run: async ({ tollgate, params, body, acting }) =>
    json(await tollgate.audit.resolve(null, params.sequence, body, acting)),
})
