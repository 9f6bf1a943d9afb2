import { topUpSetSchema, topUpSettingsSchema } from '../../contract/grants.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Has credits bought by themselves. */
export const grantsSetTopUp = defineRoute({
  operationId: 'grants.set-top-up',
  method: 'post',
  path: '/api/organizations/{orgId}/grants/top-up',
  access: 'admin',
  tag: 'Credits',
  summary: 'Buy credits when few are left',
  description:
    'Whenever fewer credits can be used than `below`, so many are bought at Stripe, by an invoice ' +
    'of its own. They are given when it is paid. With `below` null none are bought any more.',
  params: organizationParameters,
  body: uncheckedBody(topUpSettingsSchema, {
    ...{ below: 100, credits: 1_000, amount: '20.00', mostAMonth: 5 },
  }),
  answers: { 200: { description: 'As it is now.', schema: topUpSetSchema } },
  problems: ['not_found'],
  run: async (call) =>
    json(await call.tollgate.grants.setTopUp(call.params.orgId, call.body, call.acting)),
})
