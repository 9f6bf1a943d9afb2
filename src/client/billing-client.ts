import type { CreditNote } from '../contract/credit-notes.ts'
import { organizationPath } from './organization-path.ts'
import type { TollgateClient } from './remote.ts'
import type { Transport } from './transport.ts'

/** Invoices, who an organization is at Stripe, and the run that bills. */
export const billingClient = ({ ask, askOnce }: Transport): Pick<TollgateClient, 'billing'> => {
  return {
    billing: {
      invoices: (organizationId, page = {}) =>
        ask({
          method: 'GET',
          path: organizationPath(organizationId, 'invoices'),
          query: { ...page },
        }),
      invoice: (organizationId, invoiceId) =>
        ask({ method: 'GET', path: organizationPath(organizationId, 'invoices', invoiceId) }),
      lineEvents: (organizationId, invoiceId, line, page = {}) =>
        ask({
          method: 'GET',
          path: organizationPath(
            organizationId,
            'invoices',
            invoiceId,
            'lines',
            String(line),
            'events',
          ),
          query: { ...page },
        }),
      createCreditNote: (organizationId, invoiceId, input, options = {}) =>
        askOnce({
          method: 'POST',
          path: organizationPath(organizationId, 'invoices', invoiceId, 'credit-notes'),
          body: { ...input, id: input.id ?? options.idempotencyKey },
        }),
      creditNotes: async (organizationId, invoiceId) => {
        const path = organizationPath(organizationId, 'invoices', invoiceId, 'credit-notes')
        const { creditNotes } = await ask<{ creditNotes: CreditNote[] }>({ method: 'GET', path })
        return creditNotes
      },
      preview: (organizationId) =>
        ask({ method: 'GET', path: organizationPath(organizationId, 'invoices', 'preview') }),
      setStripeCustomer: (organizationId, input) =>
        ask({
          method: 'POST',
          path: organizationPath(organizationId, 'stripe-customer'),
          body: input,
        }),
      stripeLink: (organizationId) =>
        ask({ method: 'GET', path: organizationPath(organizationId, 'stripe-customer') }),
      reconcile: (input = {}) =>
        ask({ method: 'POST', path: '/api/admin/stripe/reconcile', body: input }),
      processOverage: () => ask({ method: 'POST', path: '/api/cron/process-overage' }),
    },
  }
}
