import { overageReportSchema } from '../../contract/billing.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Closes the billing periods that are over, and collects what is due. */
export const overageProcess = defineRoute({
  operationId: 'overage.process',
  method: 'post',
  path: '/api/cron/process-overage',
  access: 'cron',
  tag: 'Billing',
  summary: 'Bill overage',
  description:
    'Closes every billing period that is over and was given its time for late events, and makes ' +
    'an invoice item at Stripe for each limit that was used past what it includes. Called again, ' +
    'or twice at once, it bills once. What fails is reported, stops nobody else, and is tried ' +
    'again by the next call.',
  answers: { 200: { description: 'What was done.', schema: overageReportSchema } },
  run: async (call) => json(await call.tollgate.billing.processOverage(call.acting)),
})
