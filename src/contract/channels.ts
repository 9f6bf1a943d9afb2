import { z } from 'zod'
import { SEVERITIES } from '../core/severity.ts'
import { isZone } from '../core/zone-days.ts'
import type { CallOptions, OfOrganization } from './call.ts'
import { ALL_EVENT_KINDS, SUBSCRIPTIONS } from './domain-event-kinds.ts'
import { type PageRequest, type Pages, pageOf, patchOf } from './page.ts'
import { answered, sent } from './schema-names.ts'
import { storableText } from './text.ts'
import { type DeliveryVerbs, deliverySchema, MAX_TARGET_LENGTH } from './webhooks.ts'

export const CHANNEL_KINDS = ['slack', 'email'] as const
export type ChannelKind = (typeof CHANNEL_KINDS)[number]

/** The default event kinds of a channel. */
export const DEFAULT_CHANNEL_KINDS: readonly string[] = ['alert.*']

const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$/
const timeSchema = z.string().regex(TIME_OF_DAY, 'must be a time of day, such as 07:30')

const quietSchema = z
  .strictObject({ from: timeSchema, until: timeSchema })
  .refine(({ from, until }) => from !== until, 'must begin and end at different times')
  .describe('local times; if `until` is before `from`, quiet hours end on the next day')

const settings = {
  target: storableText(MAX_TARGET_LENGTH).describe(
    'an incoming Slack webhook, `https://hooks.slack.com/…`, or one mail address',
  ),
  name: storableText(200).describe('a name for people: `On call`'),
  minimumSeverity: z.enum(SEVERITIES).describe('less severe events are not sent'),
  kinds: z
    .array(z.enum(SUBSCRIPTIONS as [string, ...string[]]))
    .min(1)
    .max(ALL_EVENT_KINDS.length)
    .refine((kinds) => new Set(kinds).size === kinds.length, 'must not contain duplicates')
    .describe('event kinds or groups; default: alerts'),
  zone: z
    .string()
    .max(64)
    .refine(isZone, 'must be a time zone, such as Europe/Berlin')
    .describe('the time zone of times in messages and of quiet hours; default UTC'),
  quietHours: quietSchema.nullable(),
  digestAt: timeSchema
    .nullable()
    .describe('sends events that are not critical once a day at this time; null: as they happen'),
} as const

export const channelCreateSchema = sent(
  'ChannelCreate',
  z.strictObject({
    kind: z.enum(CHANNEL_KINDS),
    target: settings.target,
    name: settings.name.optional(),
    minimumSeverity: settings.minimumSeverity.optional(),
    kinds: settings.kinds.optional(),
    zone: settings.zone.optional(),
    quietHours: settings.quietHours.optional(),
    digestAt: settings.digestAt.optional(),
  }),
)
export type ChannelCreateInput = z.input<typeof channelCreateSchema>

export const channelUpdateSchema = sent(
  'ChannelUpdate',
  patchOf({
    target: settings.target.optional(),
    name: settings.name.nullable().optional(),
    minimumSeverity: settings.minimumSeverity.optional(),
    kinds: settings.kinds.optional(),
    zone: settings.zone.optional(),
    quietHours: settings.quietHours.optional(),
    digestAt: settings.digestAt.optional(),
    state: z
      .enum(['on', 'paused'])
      .optional()
      .describe('`on` also re-enables a disabled channel and clears its failures'),
  }),
)
export type ChannelUpdateInput = z.input<typeof channelUpdateSchema>

const STATES = ['on', 'paused', 'failing', 'disabled'] as const

export const channelSchema = answered(
  'Channel',
  z.object({
    id: z.string(),
    organizationId: z
      .string()
      .nullable()
      .describe('null: a channel of the platform, for events of every organization'),
    kind: z.enum(CHANNEL_KINDS),
    target: z
      .string()
      .describe('the mail address; for Slack only the end of the URL, because it is a secret'),
    name: z.string().nullable(),
    minimumSeverity: settings.minimumSeverity,
    kinds: z.array(z.string()),
    zone: z.string(),
    quietHours: quietSchema.nullable(),
    digestAt: settings.digestAt,
    state: z
      .enum(STATES)
      .describe(
        'failing: at least the last three messages were refused permanently, and the next one ' +
          'is still tried; disabled: nothing is sent until the channel is turned on',
      ),
    reason: z.string().nullable().describe('why the channel is failing or disabled'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    failingSince: z.iso
      .datetime()
      .nullable()
      .describe('the first failure since the last success; null: the last message succeeded'),
    lastSuccessAt: z.iso.datetime().nullable(),
  }),
)
export type Channel = z.output<typeof channelSchema>

export const channelPageSchema = answered('ChannelPage', pageOf(channelSchema))

export const channelRemovedSchema = z.object({ id: z.string(), removedAt: z.iso.datetime() })
export type ChannelRemoved = z.output<typeof channelRemovedSchema>

export const channelTestedSchema = deliverySchema

export const PREVIEW_SAMPLES = ['alert', 'recovered', 'digest'] as const

export const channelPreviewQuerySchema = z.strictObject({
  firingId: storableText(255).optional().describe('the firing to preview; default: a sample'),
  sample: z.enum(PREVIEW_SAMPLES).optional().describe('which sample; default `alert`'),
})
export type ChannelPreviewQuery = z.input<typeof channelPreviewQuerySchema>

/** A message in every form, as it would be sent now. */
export const channelPreviewSchema = answered(
  'ChannelPreview',
  z.object({
    subject: z.string(),
    text: z.string().describe('the plain-text mail'),
    html: z.string().describe('the HTML mail; show it in a frame without scripts'),
    slack: z.object({
      text: z.string().describe('the text of a notification'),
      blocks: z.array(z.record(z.string(), z.unknown())).describe('the Slack blocks'),
    }),
  }),
)
export type ChannelPreview = z.output<typeof channelPreviewSchema>

/** Names one channel. */
export interface OfChannel {
  readonly channelId: string
}

/** The verbs of channels. `Whose` identifies the owner. */
export interface ChannelVerbs<Whose> {
  /** Creates a channel: a Slack webhook or a mail address that receives alerts. */
  create(input: Whose & ChannelCreateInput, options?: CallOptions): Promise<Channel>
  /** Lists channels, oldest first. */
  list(input?: Whose & PageRequest, options?: CallOptions): Pages<Channel>
  get(input: Whose & OfChannel, options?: CallOptions): Promise<Channel>
  /** Updates the target, the event kinds, the schedule, or whether the channel is active. */
  update(input: Whose & OfChannel & ChannelUpdateInput, options?: CallOptions): Promise<Channel>
  /** Deletes a channel with its messages. */
  remove(input: Whose & OfChannel, options?: CallOptions): Promise<ChannelRemoved>
  /** Sends a test message at once, whatever the channel's event kinds are. */
  test(
    input: Whose & OfChannel,
    options?: CallOptions,
  ): Promise<z.output<typeof channelTestedSchema>>
  /** Renders a message in every form without sending it. */
  preview(
    input: Whose & OfChannel & ChannelPreviewQuery,
    options?: CallOptions,
  ): Promise<ChannelPreview>
}

/** Channels of an organization. They report its own events to people. */
export type Channels = ChannelVerbs<OfOrganization>
/** Channels of the platform. They report events of any organization to people. */
export type PlatformChannels = ChannelVerbs<unknown>
/** Lists and resends the deliveries to an organization's channel. */
export type ChannelDeliveries = DeliveryVerbs<OfOrganization & OfChannel>
/** Lists and resends the deliveries to a channel of the platform. */
export type PlatformChannelDeliveries = DeliveryVerbs<OfChannel>
