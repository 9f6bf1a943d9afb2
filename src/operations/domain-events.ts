import { domainEventFilterSchema, domainEventPageSchema } from '../contract/domain-events.ts'
import { operation } from './operation.ts'

const listsEvents = {
  method: 'get',
  tag: 'Events',
  description: 'Latest first. The data of each kind is described in `webhooks` below.',
  query: domainEventFilterSchema,
  output: domainEventPageSchema,
  answer: 'A page of events.',
  repeat: 'read',
} as const

export const domainEventsOperations = [
  operation({
    name: 'domainEvents.list',
    ...listsEvents,
    path: '/api/organizations/{organizationId}/domain-events',
    right: 'webhooks.read',
    summary: 'List events of an organization',
    problems: ['not_found'],
  }),
  operation({
    name: 'domainEvents.listPlatform',
    ...listsEvents,
    path: '/api/admin/domain-events',
    right: 'admin',
    summary: 'List events of the platform',
  }),
] as const
