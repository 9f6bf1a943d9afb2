import type { BillingInProcess } from '../../contract/billing.ts'
import type { OpenVerb } from '../open-verb.ts'
import { createCreditNote, listCreditNotes } from './credit-notes.ts'
import { lineEvents } from './invoice-line-events.ts'
import { getInvoice, listInvoices, previewInvoice } from './invoices.ts'
import { closePeriods, processOverage } from './process-overage.ts'
import { receiveStripeEvent } from './receive-stripe-event.ts'
import { reconcile } from './reconcile.ts'
import { setCustomer } from './stripe-customer.ts'
import { getStripeLink } from './stripe-link.ts'

/** Closed periods, their invoices, and what is collected of them. */
export const billingVerbs = (open: OpenVerb): BillingInProcess => ({
  invoices: open(listInvoices),
  invoice: open(getInvoice),
  lineEvents: open(lineEvents),
  createCreditNote: open(createCreditNote),
  creditNotes: open(listCreditNotes),
  preview: open(previewInvoice),
  setStripeCustomer: open(setCustomer),
  stripeLink: open(getStripeLink),
  receiveStripeEvent: open(receiveStripeEvent),
  reconcile: open(reconcile),
  closePeriods: open(closePeriods),
  processOverage: open(processOverage),
})
