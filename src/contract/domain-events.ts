import { z } from 'zod'
import type { CallOptions, OfOrganization } from './call.ts'
import { ALL_EVENT_KINDS, type DomainEventKind } from './domain-event-kinds.ts'
import { type PageRequest, type Pages, pageOf, pageRequestSchema } from './page.ts'
import { answered } from './schema-names.ts'

const kindSchema = z.enum(ALL_EVENT_KINDS as [DomainEventKind, ...DomainEventKind[]])

/** An event as it is listed. On the wire it is the same, with its kind as `type`. */
export const domainEventSchema = answered(
  'DomainEvent',
  z.object({
    id: z.string().describe('the `webhook-id` of every delivery of it'),
    kind: kindSchema,
    organizationId: z.string().nullable().describe('null: of the platform'),
    sequence: z
      .number()
      .int()
      .describe('rises with each event of an organization, in the order of commits'),
    subject: z.string().describe('what it happened to, as `thing:id`'),
    occurredAt: z.iso.datetime(),
    data: z
      .record(z.string(), z.unknown())
      .describe('by its kind: see `webhooks` in this document'),
  }),
)
export type DomainEvent = z.output<typeof domainEventSchema>

export const domainEventPageSchema = answered('DomainEventPage', pageOf(domainEventSchema))

export const domainEventFilterSchema = z.strictObject({
  ...pageRequestSchema.shape,
  kind: kindSchema.optional(),
})
export type DomainEventFilter = PageRequest & { readonly kind?: DomainEventKind | undefined }

/** What has happened, in the order of its numbers; kept for 90 days. */
export interface DomainEvents {
  /** Those of an organization, the latest first. */
  list(input?: OfOrganization & DomainEventFilter, options?: CallOptions): Pages<DomainEvent>
  /** Those of the platform itself, which are of no organization, the latest first. */
  listPlatform(input?: DomainEventFilter, options?: CallOptions): Pages<DomainEvent>
}
