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
  description: 'In the order in which they were made; of a hook of Slack only how it ends.',
  query: pageRequestSchema,
  output: channelPageSchema,
  answer: 'A page of them.',
  repeat: 'read',
} as const

const creates = {
  method: 'post',
  tag: 'Channels',
  description:
    'Somewhere that people are told: by an incoming webhook of Slack, or at one mail address. What ' +
    'is of one organization within a minute, or has one cause, comes in one message. What is ' +
    'critical waits for nothing.',
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
  description: 'What waits and is no longer wanted, of a kind or while it is paused, is not sent.',
  params: one,
  body: channelUpdateSchema,
  example: { quietHours: null },
  output: channelSchema,
  answer: 'The channel now.',
  repeat: 'never',
  problems: ['not_found', 'unprocessable'],
} as const

const removes = {
  method: 'delete',
  tag: 'Channels',
  description: 'What it was sent goes with it.',
  params: one,
  output: channelRemovedSchema,
  answer: 'Which it was.',
  repeat: 'never',
  problems: ['not_found'],
} as const

const tests = {
  method: 'post',
  tag: 'Channels',
  description: 'A message of its own, which is sent at once, also in quiet hours.',
  params: one,
  output: channelTestedSchema,
  answer: 'Its delivery, which waits to be sent.',
  repeat: 'never',
  problems: ['not_found', 'unprocessable'],
  http: { status: 201 },
} as const

const previews = {
  method: 'get',
  tag: 'Channels',
  description: 'As mail, by the template in force, and as blocks of Slack. Nothing is sent.',
  params: one,
  query: channelPreviewQuerySchema,
  output: channelPreviewSchema,
  answer: 'A message in every form.',
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
    summary: 'Make a channel',
  }),
  operation({
    name: 'channels.get',
    ...gets,
    path: `${OF_ORGANIZATION}/{channelId}`,
    right: 'webhooks.read',
    summary: 'Look up a channel',
  }),
  operation({
    name: 'channels.update',
    ...updates,
    path: `${OF_ORGANIZATION}/{channelId}`,
    right: 'webhooks.manage',
    summary: 'Change, pause or turn on a channel',
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
    summary: 'Send a channel a test',
  }),
  operation({
    name: 'channels.preview',
    ...previews,
    path: `${OF_ORGANIZATION}/{channelId}/preview`,
    right: 'webhooks.read',
    summary: 'See what a channel would be sent',
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
    summary: 'Make a channel that is told of all organizations',
    problems: ['unprocessable'],
  }),
  operation({
    name: 'platformChannels.get',
    ...gets,
    path: `${OF_PLATFORM}/{channelId}`,
    right: 'admin',
    summary: 'Look up a channel of the platform',
  }),
  operation({
    name: 'platformChannels.update',
    ...updates,
    path: `${OF_PLATFORM}/{channelId}`,
    right: 'admin',
    summary: 'Change, pause or turn on a channel of the platform',
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
    summary: 'Send a channel of the platform a test',
  }),
  operation({
    name: 'platformChannels.preview',
    ...previews,
    path: `${OF_PLATFORM}/{channelId}/preview`,
    right: 'admin',
    summary: 'See what a channel of the platform would be sent',
  }),
] as const
