import { z } from 'zod'
import type { Page } from './page.ts'
import { historyEventSchema } from './usage-history.ts'

/** An event on a line of an invoice. */
const lineEventSchema = historyEventSchema.extend({
  amount: z
    .union([z.number(), z.string()])
    .describe(
      "the amount that the event adds to the line's meter; a text is a member of a `unique` meter",
    ),
})
export type InvoiceLineEvent = z.output<typeof lineEventSchema>

/**
 * The events behind a line, in time order. For an adjustment, the events of the corrected period.
 * Events that were received after the invoice are not listed.
 */
export const invoiceLineEventsSchema = z.object({
  invoiceId: z.string(),
  line: z.int(),
  meter: z.string().nullable().describe("null: the line is for a plan's price and has no events"),
  window: z.string().nullable(),
  from: z.iso.datetime(),
  to: z.iso.datetime().describe('exclusive'),
  events: z.int().describe('the number of all events of the line'),
  total: z
    .number()
    .nullable()
    .describe("the total of all events in the meter; null: the meter's amounts do not add up"),
  paidByGrants: z
    .number()
    .nullable()
    .describe('the part of the total that grants paid for; null: not a line of credits'),
  keptSince: z.iso
    .datetime()
    .nullable()
    .describe('earlier events are no longer stored; null: all are'),
  items: z.array(lineEventSchema),
  nextCursor: z.string().nullable(),
})
export type InvoiceLineEvents = z.output<typeof invoiceLineEventsSchema> &
  Pick<Page<InvoiceLineEvent>, 'nextCursor'>
