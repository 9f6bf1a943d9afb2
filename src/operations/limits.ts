import { limitOverrideRemovedSchema, organizationLimitsSchema } from '../contract/limits.ts'
import { limitOverrideCreatedSchema, limitOverrideSchema } from '../contract/tenancy.ts'
import { storableText } from '../contract/text.ts'
import { operation } from './operation.ts'

export const limitsOperations = [
  operation({
    name: 'limits.list',
    method: 'get',
    path: '/api/organizations/{organizationId}/limits',
    right: 'limits.read',
    tag: 'Limits',
    summary: 'List limits',
    description: 'Those in force now, each with what the plan and what an override says.',
    output: organizationLimitsSchema,
    answer: 'All of them.',
    repeat: 'read',
    problems: ['not_found'],
    http: { wrap: 'limits' },
  }),
  operation({
    name: 'limits.override',
    method: 'post',
    path: '/api/organizations/{organizationId}/limits',
    right: 'limits.manage',
    tag: 'Limits',
    summary: 'Override a limit',
    description:
      'In place of what the plan says, until it expires or another override replaces it. Owners and ' +
      'admins of the organization may tighten a limit; to raise one, or to change what the platform ' +
      'has set, is for the platform.',
    body: limitOverrideSchema,
    example: {
      meter: 'tokens',
      window: 'day',
      max: 250_000,
      behavior: 'hard',
      reason: 'launch week',
      expiresAt: '2026-02-07T00:00:00Z',
    },
    output: limitOverrideCreatedSchema,
    answer: 'The override.',
    repeat: 'never',
    problems: ['not_found', 'unprocessable'],
    http: { status: 201 },
  }),
  operation({
    name: 'limits.remove',
    method: 'delete',
    path: '/api/organizations/{organizationId}/limits/{overrideId}',
    right: 'limits.manage',
    tag: 'Limits',
    summary: 'Remove an override',
    description: 'What the plan says holds again at once. What the platform has set, it removes.',
    params: { overrideId: storableText(255).describe('the `id` of the override') },
    output: limitOverrideRemovedSchema,
    answer: 'What was removed.',
    repeat: 'never',
    problems: ['not_found', 'unprocessable'],
  }),
] as const
