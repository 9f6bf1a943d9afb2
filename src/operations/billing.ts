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
      'Closes every billing period that is over and past its grace time for late events. ' +
      'Creates an invoice item at Stripe for each limit that was exceeded. Repeated or ' +
      'concurrent calls still bill once. Failures are reported, do not stop other ' +
      'organizations, and are retried by the next call. A scheduler that can only send GET may ' +
      'call it, with the secret as `Authorization: Bearer <CRON_SECRET>`.',
    output: overageReportSchema,
    answer: 'A report of the run.',
    repeat: 'first',
  }),
] as const
