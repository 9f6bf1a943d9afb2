import { grantCreatedSchema, grantCreateSchema } from '../../contract/grants.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json, replayHeaders } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Gives credits to an organization. */
export const grantsCreate = defineRoute({
  operationId: 'grants.create',
  method: 'post',
  path: '/api/organizations/{orgId}/grants',
  access: 'admin',
  tag: 'Credits',
  summary: 'Give credits',
  description:
    'Beside what the plan includes: a purchase, a promotion, or with `everyMonths` credits that ' +
    'come again. They can be used at once, and pay a debt first.',
  params: organizationParameters,
  body: uncheckedBody(grantCreateSchema, {
    id: 'order-1042',
    credits: 5_000,
    expiresAt: '2027-01-31T00:00:00Z',
    reason: 'credit pack',
  }),
  idempotencyKey: true,
  answers: { 201: { description: 'What was given.', schema: grantCreatedSchema } },
  problems: ['not_found', 'unprocessable', 'idempotency_conflict'],
  run: async (call) => {
    const { acting, body, params } = call
    const { value, replayed } = await call.tollgate.grants.create(params.orgId, body, acting)
    return json(value, 201, replayHeaders(replayed))
  },
})
