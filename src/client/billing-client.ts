import type { TollgateClient } from './remote.ts'
import type { Transport } from './transport.ts'

/** Invoices, who an organization is at Stripe, and the run that bills. */
export const billingClient = ({ ask }: Transport): Pick<TollgateClient, 'billing'> => {
  const at = (organizationId: string, ...parts: readonly string[]) =>
    ['/api/organizations', ...[organizationId, ...parts].map(encodeURIComponent)].join('/')
  return {
    billing: {
      invoices: (organizationId, page = {}) =>
        ask({ method: 'GET', path: at(organizationId, 'invoices'), query: { ...page } }),
      invoice: (organizationId, invoiceId) =>
        ask({ method: 'GET', path: at(organizationId, 'invoices', invoiceId) }),
      preview: (organizationId) =>
        ask({ method: 'GET', path: at(organizationId, 'invoices', 'preview') }),
      setStripeCustomer: (organizationId, input) =>
        ask({ method: 'POST', path: at(organizationId, 'stripe-customer'), body: input }),
      processOverage: () => ask({ method: 'POST', path: '/api/cron/process-overage' }),
    },
  }
}
