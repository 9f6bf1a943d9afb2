import { reconcileInputSchema, reconciliationSchema } from '../../contract/stripe.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Compares what was charged here with what is at Stripe. */
export const stripeReconcile = defineRoute({
  operationId: 'stripe.reconcile',
  method: 'post',
  path: '/api/admin/stripe/reconcile',
  access: 'admin',
  tag: 'Billing',
  summary: 'Compare the books with Stripe',
  description:
    'Every charge that was written down in a stretch of time with its invoice item, every item that ' +
    'says it is of a charge with the books, and what was sent to meters with what they have. Asks ' +
    'Stripe for each customer, so it takes a while, and changes nothing on either side.',
  body: uncheckedBody(reconcileInputSchema, { from: '2026-01-01T00:00:00Z' }),
  answers: { 200: { description: 'What differs.', schema: reconciliationSchema } },
  problems: ['not_found', 'unprocessable', 'unavailable'],
  run: async ({ tollgate, body }) => json(await tollgate.billing.reconcile(body)),
})
