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
  .refine((kinds) => new Set(kinds).size === kinds.length, 'must name each only once')
  .describe('kinds of events, or all of a group, such as `invoice.*`; empty or not given: all')

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
      .describe('`on` also turns on again what was disabled; `paused`: deliveries are kept unsent'),
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
      .describe('null: of the platform, which is told of every organization'),
    url: z.string(),
    kinds: z.array(z.string()).describe('empty: all'),
    description: z.string().nullable(),
    state: z.enum(STATES).describe('disabled: it failed for too long, or answered 410'),
    reason: z.string().nullable().describe('why it is disabled'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    failingSince: z.iso
      .datetime()
      .nullable()
      .describe('the first failure since the last success; null: the last came through'),
    lastSuccessAt: z.iso.datetime().nullable(),
    formerSecretUntil: z.iso
      .datetime()
      .nullable()
      .describe('until then deliveries are signed by the former secret as well'),
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
    endpointId: z.string(),
    eventId: z.string().describe('also its `webhook-id`, the same however often it is sent'),
    kind: z.string(),
    eventOrganizationId: z.string().nullable().describe('whom the event is of'),
    state: z
      .enum(DELIVERY_STATES)
      .describe('failed: every try was; skipped: it was not to be sent, and can be'),
    reason: z.string().nullable(),
    attempts: z.number().int(),
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
  status: z.number().int().nullable().describe('null: there was no answer'),
  error: z.string().nullable().describe('why it failed; null: it came through'),
  answer: z
    .string()
    .nullable()
    .describe('how the answer began, 2,000 bytes at most: what somebody else wrote'),
})

/** A delivery with its payload and every try of the last 30 days. */
export const deliveryDetailSchema = answered(
  'DeliveryDetail',
  z.object({
    ...deliverySchema.shape,
    payload: z.record(z.string(), z.unknown()).describe('the body that is sent'),
    tries: z.array(deliveryTrySchema).describe('the latest 50, in their order'),
  }),
)
export type DeliveryDetail = z.output<typeof deliveryDetailSchema>

export const deliveryFilterSchema = z.strictObject({
  cursor: storableText(255).optional().describe('the `nextCursor` of the page before'),
  limit: z.number().int().min(1).max(200).optional().describe('how many, 50 if not given'),
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
      deliveryId: storableText(255).optional().describe('the one; or a range by time'),
      from: instant.optional().describe('those that were made from then on'),
      to: instant.optional().describe('and before then'),
      state: z
        .enum(['done', 'failed', 'skipped'])
        .optional()
        .describe('of a range, only these; not given: failed and skipped ones'),
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
    resent: z.number().int().describe(`now waiting to be sent; at most ${MOST_RESENT} at once`),
    more: z.boolean().describe('whether there are more in the range: ask again'),
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

/** The verbs of deliveries. `Whose` identifies the owner of the endpoint. */
export interface DeliveryVerbs<Whose> {
  /** Lists the deliveries of the last 90 days, latest first. */
  list(input: Whose & OfEndpoint & DeliveryFilter, options?: CallOptions): Pages<Delivery>
  /** Returns a delivery with its payload and tries. */
  get(
    input: Whose & OfEndpoint & { readonly deliveryId: string },
    options?: CallOptions,
  ): Promise<DeliveryDetail>
  /** Sends one delivery again, or all of a time range, with the same id and a new time. */
  resend(
    input: Whose & OfEndpoint & DeliveryResendInput,
    options?: CallOptions,
  ): Promise<DeliveriesResent>
}

/** Endpoints of an organization. They receive its own events. */
export type Webhooks = EndpointVerbs<OfOrganization>
/** Endpoints of the platform. They receive events of any organization. */
export type PlatformWebhooks = EndpointVerbs<unknown>
/** The deliveries to an organization's endpoint. */
export type Deliveries = DeliveryVerbs<OfOrganization>
/** The deliveries to an endpoint of the platform. */
export type PlatformDeliveries = DeliveryVerbs<unknown>
