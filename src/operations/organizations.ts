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
    answer: 'The new organization.',
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
    description: 'By id.',
    query: organizationFilterSchema,
    output: organizationPageSchema,
    answer: 'A page of organizations.',
    repeat: 'read',
  }),
  operation({
    name: 'organizations.get',
    method: 'get',
    path: '/api/organizations/{organizationId}',
    right: 'organization.read',
    tag: 'Organizations',
    summary: 'Get an organization',
    description: 'Answers 404 to callers from other organizations.',
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
      'A change of plan moves to the newest version. Its limits apply at once, and use so far ' +
      'still counts. An owner may choose public plans that give at least as much of ' +
      'everything. For other plans, change the subscription, which then changes at the end of ' +
      'the period.',
    body: organizationUpdateSchema,
    example: {
      name: 'Acme International',
      plan: 'ai-workspace/professional',
      warnPercent: 90,
    },
    output: organizationSchema,
    answer: 'The updated organization.',
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
      'The gate then refuses its calls, and its keys stop working. Its use stays recorded, and ' +
      'its members can still read it. Closing it again changes nothing. An owner cannot close ' +
      'it during a paid period.',
    output: organizationSchema,
    answer: 'The closed organization.',
    repeat: 'never',
    problems: ['not_found', 'unprocessable'],
  }),
] as const
