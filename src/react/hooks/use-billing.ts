'use client'
import type { Invoice, InvoicePreview } from '../../contract/billing.ts'
import type { Page } from '../../contract/page.ts'
import type { UsageOverage } from '../../contract/plan-reports.ts'
import { useSource } from './context.ts'
import { type Reading, useResource } from './use-resource.ts'

export interface BillingReading {
  /** The invoice of the current period, as of now. */
  readonly preview: Reading<InvoicePreview>
  readonly invoices: Reading<Page<Invoice>>
  readonly overage: Reading<UsageOverage>
}

const LATEST = 12

/** The invoice preview and past invoices. Invoices need a read token with `invoices.read`. */
export const useBilling = (organizationId?: string): BillingReading => {
  const { store, organizationId: id } = useSource(organizationId)
  const of = { organizationId: id }
  return {
    preview: useResource(store.resource<InvoicePreview>('invoices.preview', of)),
    invoices: useResource(store.resource<Page<Invoice>>('invoices.list', { ...of, limit: LATEST })),
    overage: useResource(store.resource<UsageOverage>('usage.overage', of)),
  }
}
