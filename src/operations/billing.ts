import { overageReportSchema } from '../contract/billing.ts'
import { operation } from './operation.ts'

export const billingOperations = [
  operation({
    name: 'billing.run',
    method: 'post',
    path: '/api/cron/process-overage',
    right: 'cron',
    tag: 'Billing',
    summary: 'Bill overage of closed periods',
    description:
      'Closes every billing period that is over and was given its time for late events, and makes ' +
      'an invoice item at Stripe for each limit that was used past what it includes. Called again, ' +
      'or twice at once, it bills once. What fails is reported, stops nobody else, and is tried ' +
      'again by the next call. A scheduler that can only send a GET may, with the secret as ' +
      '`Authorization: Bearer <CRON_SECRET>`.',
    output: overageReportSchema,
    answer: 'What was done.',
    repeat: 'first',
  }),
] as const
