import { limitOverrideRemovedSchema } from '../../contract/limits.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { idParameterSchema } from '../parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Takes an override of a limit away. */
export const limitsRemove = defineRoute({
  operationId: 'limits.remove',
  method: 'delete',
  path: '/api/organizations/{orgId}/limits/{overrideId}',
  access: 'limits.manage',
  organization: 'path',
  tag: 'Limits',
  summary: 'Remove an override',
  description: 'What the plan says holds again at once. What the platform has set, it removes.',
  params: organizationParameters.extend({
    overrideId: idParameterSchema.describe('the `id` of the override'),
  }),
  answers: { 200: { description: 'What was removed.', schema: limitOverrideRemovedSchema } },
  problems: ['not_found', 'unprocessable'],
  run: async (call) => {
    const { acting, organizationId, params } = call
    return json(await call.tollgate.limits.remove(organizationId, params.overrideId, acting))
  },
})
