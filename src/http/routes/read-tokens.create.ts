import { readTokenCreatedSchema, readTokenCreateSchema } from '../../contract/authentication.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { Principal } from '../../contract/tenancy.ts'
import { ALL_RIGHTS, readTokenHas } from '../../core/rights.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { checkedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Makes a token by which a browser sees an organization for a while. */
export const readTokensCreate = defineRoute({
  operationId: 'read-tokens.create',
  method: 'post',
  path: '/api/organizations/{orgId}/read-tokens',
  access: 'usage.read',
  organization: 'path',
  tag: 'Read tokens',
  summary: 'Create a read token',
  description:
    'For a page of your product: it sees how one organization stands, may change nothing, and ' +
    'ends within the hour or when the organization is closed. Who makes one must have every right ' +
    'that it has.',
  params: organizationParameters,
  body: checkedBody(readTokenCreateSchema, { expiresInSeconds: 900 }),
  answers: { 201: { description: 'The token.', schema: readTokenCreatedSchema } },
  problems: ['not_found'],
  run: async ({ authentication, body, caller, organizationId }) => {
    if (!mayPassOn(caller)) throw new TollgateError('forbidden')
    return json(await authentication.readTokens.issue(organizationId, body.expiresInSeconds), 201)
  },
})

/** Nobody gets more by it than they have, nor longer: a read token makes no other. */
const mayPassOn = (caller: Principal): boolean => {
  if (caller.kind === 'reader') return false
  if (caller.kind !== 'organization') return true
  return ALL_RIGHTS.filter(readTokenHas).every((right) => caller.scopes.includes(right))
}
