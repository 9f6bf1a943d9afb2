// Written by scripts/gen.mjs: change src/operations, then `npm run gen`.

/** The read operations of pages, encoded for `operationOfLine`. */
export const READS = {
  'usage.current': 'GET ^/current of=query',
  'usage.history': 'GET ~/usage/history',
  'usage.live': 'GET ~/usage/stream form=events header=after:last-event-id',
  'usage.dashboard': 'GET ~/usage/dashboard',
  'usage.overage': 'GET ^/overage of=query',
  'usage.recommendation': 'GET ~/usage/recommendation',
  'invoices.list': 'GET ~/invoices',
  'invoices.preview': 'GET ~/invoices/preview',
  'subscriptions.plans': 'GET ~/plans',
} as const

export type ReadName = keyof typeof READS
