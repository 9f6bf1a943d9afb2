import { grantEndedSchema } from '../../contract/grants.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { idParameterSchema } from '../parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Takes back what is left of a grant. */
export const grantsEnd = defineRoute({
  operationId: 'grants.end',
  method: 'delete',
  path: '/api/organizations/{orgId}/grants/{grantId}',
  access: 'admin',
  tag: 'Credits',
  summary: 'End a grant',
  description:
    'What is left of it can not be used any more; what was used stays used. With the id of ' +
    'credits that come again, no more of them come.',
  params: organizationParameters.extend({
    grantId: idParameterSchema.describe('the `id` of the grant, or its `seriesId`'),
  }),
  answers: { 200: { description: 'What was ended.', schema: grantEndedSchema } },
  problems: ['not_found'],
  run: async (call) => {
    const { acting, params } = call
    return json(await call.tollgate.grants.end(params.orgId, params.grantId, acting))
  },
})
