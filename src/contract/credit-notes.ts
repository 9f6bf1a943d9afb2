import { z } from 'zod'
import type { CallOptions, OfOrganization, Replayable } from './call.ts'
import { storableText } from './text.ts'

export const creditNoteInputSchema = z.strictObject({
  id: storableText(255).optional().describe('the idempotency key'),
  amount: z
    .string()
    .regex(/^\d{1,15}(\.\d{1,4})?$/, 'must be decimal text, such as 12.50')
    .describe('decimal text in the currency of the invoice'),
  reason: storableText(1_000),
})
export type CreditNoteInput = z.input<typeof creditNoteInputSchema>

/** A credit note on an invoice. */
export const creditNoteSchema = z.object({
  id: z.string(),
  organizationId: z.string(),
  invoiceId: z.string(),
  amount: z.string(),
  currency: z.string(),
  reason: z.string(),
  actor: z.string(),
  createdAt: z.iso.datetime(),
  appliedTo: z
    .string()
    .nullable()
    .describe('the invoice that applies the credit; null: the next one will'),
})
export type CreditNote = z.output<typeof creditNoteSchema>

export const creditNotesSchema = z.object({ creditNotes: z.array(creditNoteSchema) })

/** Credit notes on invoices. */
export interface CreditNotes {
  /**
   * Creates a credit note; the next invoice begins with it. Repeating the same `id` gives nothing
   * more.
   */
  create(
    input: OfOrganization & { invoiceId: string } & CreditNoteInput,
    options?: CallOptions,
  ): Promise<Replayable<CreditNote>>
  /** Lists the notes of one invoice, oldest first; at most 1,000. */
  list(
    input: OfOrganization & { invoiceId: string },
    options?: CallOptions,
  ): Promise<readonly CreditNote[]>
}
