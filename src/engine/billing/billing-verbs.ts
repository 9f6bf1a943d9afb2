import type { BillingInProcess } from '../../contract/billing.ts'
import type { Context } from '../context.ts'
import { getInvoice, listInvoices, previewInvoice } from './invoices.ts'
import { closePeriods, processOverage } from './process-overage.ts'
import { setCustomer } from './stripe-customer.ts'

type Open = <Args extends unknown[], Result>(
  verb: (ctx: Context, ...args: Args) => Promise<Result>,
) => (...args: Args) => Promise<Result>

/** Closed periods, their invoices, and what is collected of them. */
export const billingVerbs = (open: Open): BillingInProcess => ({
  invoices: open(listInvoices),
  invoice: open(getInvoice),
  preview: open(previewInvoice),
  setStripeCustomer: open(setCustomer),
  closePeriods: open(closePeriods),
  processOverage: open(processOverage),
})
