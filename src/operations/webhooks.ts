import { pageRequestSchema } from '../contract/page.ts'
import { storableText } from '../contract/text.ts'
import {
  deliverySchema,
  webhookCreatedSchema,
  webhookCreateSchema,
  webhookPageSchema,
  webhookRemovedSchema,
  webhookSchema,
  webhookUpdateSchema,
} from '../contract/webhooks.ts'
import { operation } from './operation.ts'

const OF_ORGANIZATION = '/api/organizations/{organizationId}/webhooks'
const OF_PLATFORM = '/api/admin/webhooks'
const one = { endpointId: storableText(255).describe('the `id` of the endpoint') }

const lists = {
  method: 'get',
  tag: 'Webhooks',
  description: 'Oldest first. The secrets are never listed.',
  query: pageRequestSchema,
  output: webhookPageSchema,
  answer: 'A page of endpoints.',
  repeat: 'read',
} as const

const creates = {
  method: 'post',
  tag: 'Webhooks',
  description:
    'Events are sent in the format of Standard Webhooks. Only this answer contains `secret`, ' +
    'the signing key. Addresses in private networks are refused, both here and at each sending.',
  body: webhookCreateSchema,
  example: {
    url: 'https://app.example.com/hooks/tollgate',
    kinds: ['limit.reached', 'invoice.*'],
  },
  output: webhookCreatedSchema,
  answer: 'The endpoint with its secret.',
  repeat: 'never',
  problems: ['not_found', 'unprocessable'],
  http: { status: 201 },
} as const

const gets = {
  method: 'get',
  tag: 'Webhooks',
  params: one,
  output: webhookSchema,
  answer: 'The endpoint.',
  repeat: 'read',
  problems: ['not_found'],
} as const

/**
 * The shared part of operations that change or use one endpoint. They must not be sent twice: a
 * second secret would replace the first.
 */
const acts = {
  tag: 'Webhooks',
  params: one,
  repeat: 'never',
  problems: ['not_found', 'unprocessable'],
} as const

const updates = {
  ...acts,
  method: 'patch',
  description:
    'Pending deliveries of a removed kind, or of a paused endpoint, are stored as `skipped`.',
  body: webhookUpdateSchema,
  example: { state: 'paused' },
  output: webhookSchema,
  answer: 'The updated endpoint.',
} as const

const removes = {
  method: 'delete',
  tag: 'Webhooks',
  description: 'Its deliveries are removed too.',
  params: one,
  output: webhookRemovedSchema,
  answer: 'The id of the removed endpoint.',
  repeat: 'never',
  problems: ['not_found'],
} as const

const rotates = {
  ...acts,
  method: 'post',
  description:
    'For 24 hours, deliveries are also signed with the old secret, so that receivers with ' +
    'either secret accept them.',
  output: webhookCreatedSchema,
  answer: 'The endpoint with its new secret.',
  http: { status: 201 },
} as const

const tests = {
  ...acts,
  method: 'post',
  description:
    'Sends an event of the kind `webhook.test`, like any other event. At most 5 in ten minutes ' +
    'for one endpoint, and 20 an hour in all.',
  output: deliverySchema,
  answer: 'Its delivery, not yet sent.',
  problems: ['not_found', 'unprocessable', 'too_many_requests'],
  http: { status: 201 },
} as const

export const webhooksOperations = [
  operation({
    name: 'webhooks.list',
    ...lists,
    path: OF_ORGANIZATION,
    right: 'webhooks.read',
    summary: 'List webhook endpoints',
    problems: ['not_found'],
  }),
  operation({
    name: 'webhooks.create',
    ...creates,
    path: OF_ORGANIZATION,
    right: 'webhooks.manage',
    summary: 'Create a webhook endpoint',
  }),
  operation({
    name: 'webhooks.get',
    ...gets,
    path: `${OF_ORGANIZATION}/{endpointId}`,
    right: 'webhooks.read',
    summary: 'Get a webhook endpoint',
  }),
  operation({
    name: 'webhooks.update',
    ...updates,
    path: `${OF_ORGANIZATION}/{endpointId}`,
    right: 'webhooks.manage',
    summary: 'Update or pause a webhook endpoint',
  }),
  operation({
    name: 'webhooks.remove',
    ...removes,
    path: `${OF_ORGANIZATION}/{endpointId}`,
    right: 'webhooks.manage',
    summary: 'Remove a webhook endpoint',
  }),
  operation({
    name: 'webhooks.rotateSecret',
    ...rotates,
    path: `${OF_ORGANIZATION}/{endpointId}/rotate-secret`,
    right: 'webhooks.manage',
    summary: 'Rotate the secret of a webhook endpoint',
  }),
  operation({
    name: 'webhooks.test',
    ...tests,
    path: `${OF_ORGANIZATION}/{endpointId}/test`,
    right: 'webhooks.manage',
    summary: 'Send a test event to a webhook endpoint',
  }),
  operation({
    name: 'platformWebhooks.list',
    ...lists,
    path: OF_PLATFORM,
    right: 'admin',
    summary: 'List webhook endpoints of the platform',
  }),
  operation({
    name: 'platformWebhooks.create',
    ...creates,
    path: OF_PLATFORM,
    right: 'admin',
    summary: 'Create a webhook endpoint of the platform',
    problems: ['unprocessable'],
  }),
  operation({
    name: 'platformWebhooks.get',
    ...gets,
    path: `${OF_PLATFORM}/{endpointId}`,
    right: 'admin',
    summary: 'Get a webhook endpoint of the platform',
  }),
  operation({
    name: 'platformWebhooks.update',
    ...updates,
    path: `${OF_PLATFORM}/{endpointId}`,
    right: 'admin',
    summary: 'Update or pause a webhook endpoint of the platform',
  }),
  operation({
    name: 'platformWebhooks.remove',
    ...removes,
    path: `${OF_PLATFORM}/{endpointId}`,
    right: 'admin',
    summary: 'Remove a webhook endpoint of the platform',
  }),
  operation({
    name: 'platformWebhooks.rotateSecret',
    ...rotates,
    path: `${OF_PLATFORM}/{endpointId}/rotate-secret`,
    right: 'admin',
    summary: 'Rotate the secret of a webhook endpoint of the platform',
  }),
  operation({
    name: 'platformWebhooks.test',
    ...tests,
    path: `${OF_PLATFORM}/{endpointId}/test`,
    right: 'admin',
    summary: 'Send a test event to a webhook endpoint of the platform',
  }),
] as const
