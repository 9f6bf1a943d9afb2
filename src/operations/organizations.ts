import {
  organizationCreateSchema,
  organizationFilterSchema,
  organizationPageSchema,
  organizationSchema,
  organizationUpdateSchema,
} from '../contract/tenancy.ts'
import { operation } from './operation.ts'

export const organizationsOperations = [
  operation({
    name: 'organizations.create',
    method: 'post',
    path: '/api/organizations',
    right: 'admin',
    tag: 'Organizations',
    summary: 'Create an organization',
    body: organizationCreateSchema,
    example: {
      id: 'acme',
      name: 'Acme Corporation',
      plan: 'ai-workspace/starter',
    },
    output: organizationSchema,
    answer: 'It has been created.',
    repeat: 'never',
    problems: ['already_exists', 'unprocessable'],
    http: { status: 201, location: '/api/organizations/{id}' },
  }),
  operation({
    name: 'organizations.list',
    method: 'get',
    path: '/api/organizations',
    right: 'admin',
    tag: 'Organizations',
    summary: 'List organizations',
    description: 'In the order of their ids.',
    query: organizationFilterSchema,
    output: organizationPageSchema,
    answer: 'A page of them.',
    repeat: 'read',
  }),
  operation({
    name: 'organizations.get',
    method: 'get',
    path: '/api/organizations/{organizationId}',
    right: 'organization.read',
    tag: 'Organizations',
    summary: 'Get an organization',
    description: 'For whom it is not their own, it does not exist.',
    output: organizationSchema,
    answer: 'The organization.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'organizations.update',
    method: 'patch',
    path: '/api/organizations/{organizationId}',
    right: 'organization.manage',
    tag: 'Organizations',
    summary: 'Update an organization or its plan',
    description:
      'A plan is moved to in its newest version, and its limits hold at once; what was used counts ' +
      'on. An owner may choose among the public plans that give no less in anything; for others ' +
      'change the subscription, which does it when the period is over.',
    body: organizationUpdateSchema,
    example: {
      name: 'Acme International',
      plan: 'ai-workspace/professional',
      warnPercent: 90,
    },
    output: organizationSchema,
    answer: 'As it is now.',
    repeat: 'never',
    problems: ['not_found', 'unprocessable'],
  }),
  operation({
    name: 'organizations.close',
    method: 'delete',
    path: '/api/organizations/{organizationId}',
    right: 'organization.manage',
    tag: 'Organizations',
    summary: 'Close an organization',
    description:
      'From now on the gate refuses it and its keys open nothing. What it used stays, and can be ' +
      'read by its members. Closing it again changes nothing. An owner may not while a period that is ' +
      'paid for runs.',
    output: organizationSchema,
    answer: 'It is closed.',
    repeat: 'never',
    problems: ['not_found', 'unprocessable'],
  }),
] as const
