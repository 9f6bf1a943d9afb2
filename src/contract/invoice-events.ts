import { z } from 'zod'
import type { Page } from './page.ts'
import { historyEventSchema } from './usage-history.ts'

/** An event on a line of an invoice. */
const lineEventSchema = historyEventSchema.extend({
  amount: z
    .union([z.number(), z.string()])
    .describe('what it adds to the meter of the line; a text is a member of a `unique` meter'),
})
export type InvoiceLineEvent = z.output<typeof lineEventSchema>

/**
 * The events behind a line, in time order. For an adjustment, the events of the corrected period.
 * Events that were received after the invoice are not listed.
 */
export const invoiceLineEventsSchema = z.object({
  invoiceId: z.string(),
  line: z.int(),
  meter: z.string().nullable().describe('null: a price of the plan, which no event made'),
  window: z.string().nullable(),
  from: z.iso.datetime(),
  to: z.iso.datetime().describe('before then'),
  events: z.int().describe('all of them, on this page or not'),
  total: z
    .number()
    .nullable()
    .describe('of all of them in the meter; null: a meter that does not add up'),
  paidByGrants: z
    .number()
    .nullable()
    .describe('of the total what grants of credits paid; null: not a line of credits'),
  keptSince: z.iso
    .datetime()
    .nullable()
    .describe('events from before are not kept any more; null: all of them are'),
  items: z.array(lineEventSchema),
  nextCursor: z.string().nullable(),
})
export type InvoiceLineEvents = z.output<typeof invoiceLineEventsSchema> &
  Pick<Page<InvoiceLineEvent>, 'nextCursor'>
