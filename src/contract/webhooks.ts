import { z } from 'zod'
import type { CallOptions, OfOrganization } from './call.ts'
import { ALL_EVENT_KINDS, SUBSCRIPTIONS } from './domain-event-kinds.ts'
import { type PageRequest, type Pages, pageOf, patchOf } from './page.ts'
import { answered, sent } from './schema-names.ts'
import { storableText } from './text.ts'

/** The longest URL. */
export const MAX_TARGET_LENGTH = 2_048

const kindsSchema = z
  .array(z.enum(SUBSCRIPTIONS as [string, ...string[]]))
  .max(ALL_EVENT_KINDS.length)
  .refine((kinds) => new Set(kinds).size === kinds.length, 'must not contain duplicates')
  .describe('event kinds or groups, such as `invoice.*`; empty or absent: all')

const urlSchema = storableText(MAX_TARGET_LENGTH).describe('https, on port 443 or 8443')
const descriptionSchema = storableText(1_000)

export const webhookCreateSchema = sent(
  'WebhookCreate',
  z.strictObject({
    url: urlSchema,
    kinds: kindsSchema.optional(),
    description: descriptionSchema.optional(),
  }),
)
export type WebhookCreateInput = z.input<typeof webhookCreateSchema>

export const webhookUpdateSchema = sent(
  'WebhookUpdate',
  patchOf({
    url: urlSchema.optional(),
    kinds: kindsSchema.optional(),
    description: descriptionSchema.nullable().optional(),
    state: z
      .enum(['on', 'paused'])
      .optional()
      .describe(
        '`on` also re-enables a disabled endpoint; `paused`: deliveries are stored and not sent',
      ),
  }),
)
export type WebhookUpdateInput = z.input<typeof webhookUpdateSchema>

const STATES = ['on', 'paused', 'disabled'] as const

/** An endpoint without its secret, which is only shown when it is created. */
export const webhookSchema = answered(
  'Webhook',
  z.object({
    id: z.string(),
    organizationId: z
      .string()
      .nullable()
      .describe('null: an endpoint of the platform, for events of every organization'),
    url: z.string(),
    kinds: z.array(z.string()).describe('empty: all'),
    description: z.string().nullable(),
    state: z.enum(STATES).describe('disabled: the endpoint failed for too long, or answered 410'),
    reason: z.string().nullable().describe('why the endpoint is disabled'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    failingSince: z.iso
      .datetime()
      .nullable()
      .describe('the first failure since the last success; null: the last delivery succeeded'),
    lastSuccessAt: z.iso.datetime().nullable(),
    formerSecretUntil: z.iso
      .datetime()
      .nullable()
      .describe('until then, deliveries are also signed with the old secret'),
  }),
)
export type Webhook = z.output<typeof webhookSchema>

export const webhookPageSchema = answered('WebhookPage', pageOf(webhookSchema))

/** The answer with a new secret. Only this answer contains `secret`. */
export const webhookCreatedSchema = answered(
  'WebhookCreated',
  z.object({
    ...webhookSchema.shape,
    secret: z.string().describe('`whsec_` and 32 random bytes in base64'),
  }),
)
export type WebhookCreated = z.output<typeof webhookCreatedSchema>

export const webhookRemovedSchema = z.object({ id: z.string(), removedAt: z.iso.datetime() })
export type WebhookRemoved = z.output<typeof webhookRemovedSchema>

const DELIVERY_STATES = ['waiting', 'done', 'failed', 'skipped'] as const

/** An event for one endpoint, and its delivery state. */
export const deliverySchema = answered(
  'Delivery',
  z.object({
    id: z.string(),
    endpointId: z.string().describe('the `id` of the endpoint, or of the channel'),
    eventId: z.string().describe('also its `webhook-id`, the same for every try'),
    kind: z.string(),
    eventOrganizationId: z.string().nullable().describe('the organization of the event'),
    state: z
      .enum(DELIVERY_STATES)
      .describe('failed: every try failed; skipped: it was not sent, and can be resent'),
    reason: z.string().nullable(),
    attempts: z.number().int(),
    messageId: z
      .string()
      .nullable()
      .describe('for a channel: the message that last carried it, perhaps with others'),
    nextAttemptAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
    doneAt: z.iso.datetime().nullable(),
  }),
)
export type Delivery = z.output<typeof deliverySchema>

export const deliveryPageSchema = answered('DeliveryPage', pageOf(deliverySchema))

const deliveryTrySchema = z.object({
  attempt: z.number().int(),
  triedAt: z.iso.datetime(),
  tookMs: z.number().int(),
  status: z.number().int().nullable().describe('null: no answer'),
  error: z.string().nullable().describe('why the try failed; null: it succeeded'),
  answer: z
    .string()
    .nullable()
    .describe('the beginning of the answer, at most 2,000 bytes; text from outside'),
})

/** A delivery with its payload and every try of the last 30 days. */
export const deliveryDetailSchema = answered(
  'DeliveryDetail',
  z.object({
    ...deliverySchema.shape,
    payload: z
      .record(z.string(), z.unknown())
      .describe('the body of the request; for a channel, the event that its message reports'),
    tries: z.array(deliveryTrySchema).describe('the latest 50, in time order'),
  }),
)
export type DeliveryDetail = z.output<typeof deliveryDetailSchema>

export const deliveryFilterSchema = z.strictObject({
  cursor: storableText(255).optional().describe('the `nextCursor` of the page before'),
  limit: z.number().int().min(1).max(200).optional().describe('the page size; default 50'),
  state: z.enum(DELIVERY_STATES).optional(),
})
export type DeliveryFilter = PageRequest & {
  readonly state?: Delivery['state'] | undefined
}

/** The most deliveries that one call sends again. Call again for the rest. */
export const MOST_RESENT = 1_000

const instant = z.iso.datetime({ offset: true })
export const deliveryResendSchema = sent(
  'DeliveryResend',
  z
    .strictObject({
      deliveryId: storableText(255)
        .optional()
        .describe('one delivery; otherwise give a time range'),
      from: instant.optional().describe('deliveries created at or after this instant'),
      to: instant.optional().describe('deliveries created before this instant'),
      state: z
        .enum(['done', 'failed', 'skipped'])
        .optional()
        .describe('for a range: only deliveries in these states; default: failed and skipped'),
    })
    .refine(
      ({ deliveryId, from, to }) =>
        deliveryId !== undefined
          ? from === undefined && to === undefined
          : from !== undefined && to !== undefined,
      'must give either `deliveryId`, or `from` and `to`',
    ),
)
export type DeliveryResendInput = z.input<typeof deliveryResendSchema>

export const deliveriesResentSchema = answered(
  'DeliveriesResent',
  z.object({
    resent: z
      .number()
      .int()
      .describe(`the number of deliveries that will be sent; at most ${MOST_RESENT} per call`),
    more: z.boolean().describe('true: there are more in the range; call again'),
  }),
)
export type DeliveriesResent = z.output<typeof deliveriesResentSchema>

/** Names one endpoint. */
export interface OfEndpoint {
  readonly endpointId: string
}

/** The verbs of endpoints. `Whose` identifies the owner. */
export interface EndpointVerbs<Whose> {
  /** Creates an endpoint. Only this answer contains `secret`. */
  create(input: Whose & WebhookCreateInput, options?: CallOptions): Promise<WebhookCreated>
  /** Lists endpoints, oldest first. */
  list(input?: Whose & PageRequest, options?: CallOptions): Pages<Webhook>
  get(input: Whose & OfEndpoint, options?: CallOptions): Promise<Webhook>
  /** Updates the URL, the event kinds, or whether the endpoint is active. */
  update(input: Whose & OfEndpoint & WebhookUpdateInput, options?: CallOptions): Promise<Webhook>
  /** Deletes an endpoint with its deliveries. */
  remove(input: Whose & OfEndpoint, options?: CallOptions): Promise<WebhookRemoved>
  /** Creates a new secret. For 24 hours, deliveries are also signed with the old one. */
  rotateSecret(input: Whose & OfEndpoint, options?: CallOptions): Promise<WebhookCreated>
  /** Sends a `webhook.test` event, whatever the endpoint's event kinds are. */
  test(input: Whose & OfEndpoint, options?: CallOptions): Promise<Delivery>
}

/** The verbs of deliveries. `Of` names the recipient and its owner. */
export interface DeliveryVerbs<Of> {
  /** Lists the deliveries of the last 90 days, latest first. */
  list(input: Of & DeliveryFilter, options?: CallOptions): Pages<Delivery>
  /** Returns a delivery with its payload and tries. */
  get(input: Of & { readonly deliveryId: string }, options?: CallOptions): Promise<DeliveryDetail>
  /** Sends one delivery again, or all of a time range, with the same id and a new time. */
  resend(input: Of & DeliveryResendInput, options?: CallOptions): Promise<DeliveriesResent>
}

/** Endpoints of an organization. They receive its own events. */
export type Webhooks = EndpointVerbs<OfOrganization>
/** Endpoints of the platform. They receive events of any organization. */
export type PlatformWebhooks = EndpointVerbs<unknown>
/** The deliveries to an organization's endpoint. */
export type Deliveries = DeliveryVerbs<OfOrganization & OfEndpoint>
/** The deliveries to an endpoint of the platform. */
export type PlatformDeliveries = DeliveryVerbs<OfEndpoint>
