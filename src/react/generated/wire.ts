// Written by scripts/gen.mjs: change src/operations, then `npm run gen`.

/** The read operations of pages, encoded for `wireOperation`. */
export const READS = {
  'usage.current': 'GET ^/current of=query',
  'usage.history': 'GET ~/usage/history page=events',
  'usage.live': 'GET ~/usage/stream form=events header=after:last-event-id',
  'usage.dashboard': 'GET ~/usage/dashboard',
  'usage.overage': 'GET ^/overage of=query',
  'usage.recommendation': 'GET ~/usage/recommendation',
  'invoices.list': 'GET ~/invoices page=items',
  'invoices.preview': 'GET ~/invoices/preview',
  'subscriptions.plans': 'GET ~/plans',
} as const

export type ReadName = keyof typeof READS
