import {
  channelCreateSchema,
  channelPageSchema,
  channelPreviewQuerySchema,
  channelPreviewSchema,
  channelRemovedSchema,
  channelSchema,
  channelTestedSchema,
  channelUpdateSchema,
} from '../contract/channels.ts'
import { pageRequestSchema } from '../contract/page.ts'
import { storableText } from '../contract/text.ts'
import { operation } from './operation.ts'

const OF_ORGANIZATION = '/api/organizations/{organizationId}/channels'
const OF_PLATFORM = '/api/admin/channels'
const one = { channelId: storableText(255).describe('the `id` of the channel') }

const lists = {
  method: 'get',
  tag: 'Channels',
  description: 'Oldest first. For a Slack webhook, only the end of its URL is shown.',
  query: pageRequestSchema,
  output: channelPageSchema,
  answer: 'A page of channels.',
  repeat: 'read',
} as const

const creates = {
  method: 'post',
  tag: 'Channels',
  description:
    'A channel sends alerts to people, by an incoming Slack webhook or to one mail address. ' +
    'Alerts of one organization within a minute, or with one cause, are sent as one message. ' +
    'Critical alerts are sent at once.',
  body: channelCreateSchema,
  example: {
    kind: 'email',
    target: 'ops@example.com',
    minimumSeverity: 'warning',
    zone: 'Europe/Berlin',
    quietHours: { from: '22:00', until: '07:00' },
  },
  output: channelSchema,
  answer: 'The channel.',
  repeat: 'never',
  problems: ['not_found', 'unprocessable'],
  http: { status: 201 },
} as const

const gets = {
  method: 'get',
  tag: 'Channels',
  params: one,
  output: channelSchema,
  answer: 'The channel.',
  repeat: 'read',
  problems: ['not_found'],
} as const

const updates = {
  method: 'patch',
  tag: 'Channels',
  description: 'Pending messages of a removed kind, or of a paused channel, are not sent.',
  params: one,
  body: channelUpdateSchema,
  example: { quietHours: null },
  output: channelSchema,
  answer: 'The updated channel.',
  repeat: 'never',
  problems: ['not_found', 'unprocessable'],
} as const

const removes = {
  method: 'delete',
  tag: 'Channels',
  description: 'Its messages are removed too.',
  params: one,
  output: channelRemovedSchema,
  answer: 'The id of the removed channel.',
  repeat: 'never',
  problems: ['not_found'],
} as const

const tests = {
  method: 'post',
  tag: 'Channels',
  description:
    'The test is a separate message. It is sent at once, even in quiet hours. At most 5 in ten ' +
    'minutes for one channel, and 20 an hour in all.',
  params: one,
  output: channelTestedSchema,
  answer: 'Its delivery, not yet sent.',
  repeat: 'never',
  problems: ['not_found', 'unprocessable', 'too_many_requests'],
  http: { status: 201 },
} as const

const previews = {
  method: 'get',
  tag: 'Channels',
  description: 'As mail, rendered with the current template, and as Slack blocks. Nothing is sent.',
  params: one,
  query: channelPreviewQuerySchema,
  output: channelPreviewSchema,
  answer: 'The message in every form.',
  repeat: 'read',
  problems: ['not_found'],
} as const

export const channelsOperations = [
  operation({
    name: 'channels.list',
    ...lists,
    path: OF_ORGANIZATION,
    right: 'webhooks.read',
    summary: 'List channels',
    problems: ['not_found'],
  }),
  operation({
    name: 'channels.create',
    ...creates,
    path: OF_ORGANIZATION,
    right: 'webhooks.manage',
    summary: 'Create a channel',
  }),
  operation({
    name: 'channels.get',
    ...gets,
    path: `${OF_ORGANIZATION}/{channelId}`,
    right: 'webhooks.read',
    summary: 'Get a channel',
  }),
  operation({
    name: 'channels.update',
    ...updates,
    path: `${OF_ORGANIZATION}/{channelId}`,
    right: 'webhooks.manage',
    summary: 'Update, pause or turn on a channel',
  }),
  operation({
    name: 'channels.remove',
    ...removes,
    path: `${OF_ORGANIZATION}/{channelId}`,
    right: 'webhooks.manage',
    summary: 'Remove a channel',
  }),
  operation({
    name: 'channels.test',
    ...tests,
    path: `${OF_ORGANIZATION}/{channelId}/test`,
    right: 'webhooks.manage',
    summary: 'Send a test message to a channel',
  }),
  operation({
    name: 'channels.preview',
    ...previews,
    path: `${OF_ORGANIZATION}/{channelId}/preview`,
    right: 'webhooks.read',
    summary: "Preview a channel's message",
  }),
  operation({
    name: 'platformChannels.list',
    ...lists,
    path: OF_PLATFORM,
    right: 'admin',
    summary: 'List channels of the platform',
  }),
  operation({
    name: 'platformChannels.create',
    ...creates,
    path: OF_PLATFORM,
    right: 'admin',
    summary: 'Create a channel for events of all organizations',
    problems: ['unprocessable'],
  }),
  operation({
    name: 'platformChannels.get',
    ...gets,
    path: `${OF_PLATFORM}/{channelId}`,
    right: 'admin',
    summary: 'Get a channel of the platform',
  }),
  operation({
    name: 'platformChannels.update',
    ...updates,
    path: `${OF_PLATFORM}/{channelId}`,
    right: 'admin',
    summary: 'Update, pause or turn on a channel of the platform',
  }),
  operation({
    name: 'platformChannels.remove',
    ...removes,
    path: `${OF_PLATFORM}/{channelId}`,
    right: 'admin',
    summary: 'Remove a channel of the platform',
  }),
  operation({
    name: 'platformChannels.test',
    ...tests,
    path: `${OF_PLATFORM}/{channelId}/test`,
    right: 'admin',
    summary: 'Send a test message to a channel of the platform',
  }),
  operation({
    name: 'platformChannels.preview',
    ...previews,
    path: `${OF_PLATFORM}/{channelId}/preview`,
    right: 'admin',
    summary: 'Preview the message of a channel of the platform',
  }),
] as const
