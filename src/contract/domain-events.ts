import { z } from 'zod'
import type { CallOptions, OfOrganization } from './call.ts'
import { ALL_EVENT_KINDS, type DomainEventKind } from './domain-event-kinds.ts'
import { type PageRequest, type Pages, pageOf, pageRequestSchema } from './page.ts'
import { answered } from './schema-names.ts'

const kindSchema = z.enum(ALL_EVENT_KINDS as [DomainEventKind, ...DomainEventKind[]])

/** An event as it is listed. The wire format is the same, with the kind as `type`. */
export const domainEventSchema = answered(
  'DomainEvent',
  z.object({
    id: z.string().describe('the `webhook-id` of all its deliveries'),
    kind: kindSchema,
    organizationId: z.string().nullable().describe('null: an event of the platform'),
    sequence: z
      .number()
      .int()
      .describe('increases with each event of an organization, in commit order'),
    subject: z.string().describe('the object of the event, as `thing:id`'),
    occurredAt: z.iso.datetime(),
    data: z
      .record(z.string(), z.unknown())
      .describe('depends on the kind: see `webhooks` in this document'),
  }),
)
export type DomainEvent = z.output<typeof domainEventSchema>

export const domainEventPageSchema = answered('DomainEventPage', pageOf(domainEventSchema))

export const domainEventFilterSchema = z.strictObject({
  ...pageRequestSchema.shape,
  kind: kindSchema.optional(),
})
export type DomainEventFilter = PageRequest & { readonly kind?: DomainEventKind | undefined }

/** Domain events by sequence number. They are stored for 90 days. */
export interface DomainEvents {
  /** Lists the events of an organization, latest first. */
  list(input?: OfOrganization & DomainEventFilter, options?: CallOptions): Pages<DomainEvent>
  /** Lists the events of the platform itself, which belong to no organization, latest first. */
  listPlatform(input?: DomainEventFilter, options?: CallOptions): Pages<DomainEvent>
}
