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
    description: "The limits in force, each with the plan's limit and the override.",
    output: organizationLimitsSchema,
    answer: 'All limits.',
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
      "Replaces the plan's limit until the override expires or another replaces it. Owners and " +
      'admins of the organization may only tighten a limit. Only the platform may raise one, ' +
      'or change its own overrides.',
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
    description:
      "The plan's limit applies again at once. Only the platform may remove its own overrides.",
    params: { overrideId: storableText(255).describe('the `id` of the override') },
    output: limitOverrideRemovedSchema,
    answer: 'The removed override.',
    repeat: 'never',
    problems: ['not_found', 'unprocessable'],
  }),
] as const
