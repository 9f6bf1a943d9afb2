import { limitOverrideCreatedSchema, limitOverrideSchema } from '../../contract/tenancy.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Overrides one limit of one organization. */
export const limitsOverride = defineRoute({
  operationId: 'limits.override',
  method: 'post',
  path: '/api/organizations/{orgId}/limits',
  access: 'limits.manage',
  organization: 'path',
  tag: 'Limits',
  summary: 'Override a limit',
  description:
    'In place of what the plan says, until it expires or another override replaces it. Owners and ' +
    'admins of the organization may tighten a limit; to raise one, or to change what the platform ' +
    'has set, is for the platform.',
  params: organizationParameters,
  body: uncheckedBody(limitOverrideSchema, {
    meter: 'tokens',
    window: 'day',
    max: 250_000,
    behavior: 'hard',
    reason: 'launch week',
    expiresAt: '2026-02-07T00:00:00Z',
  }),
  answers: { 201: { description: 'The override.', schema: limitOverrideCreatedSchema } },
  problems: ['not_found', 'unprocessable'],
  run: async (call) =>
    json(await call.tollgate.limits.override(call.organizationId, call.body, call.acting), 201),
})
