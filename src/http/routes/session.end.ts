import { z } from 'zod'
import { sessionSchema } from '../../contract/authentication.ts'
import { TollgateError } from '../../contract/errors.ts'
import { endedSessionCookie } from '../authentication/session-cookie.ts'
import { booleanParameterSchema } from '../parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'
import { describeIdentity } from '../session-answer.ts'

const sessionEndQuerySchema = z.strictObject({
  everywhere: booleanParameterSchema
    .optional()
    .describe('true: also all other sessions of the same user or key'),
})

/** Signs out. */
export const sessionEnd = defineRoute({
  operationId: 'session.end',
  method: 'delete',
  path: '/api/session',
  access: 'caller',
  tag: 'Sessions',
  summary: 'Sign out of the console',
  description: 'The session is over in every process at once, also for whoever has its cookie.',
  query: sessionEndQuerySchema,
  answers: {
    200: {
      description: 'Who was signed in.',
      schema: sessionSchema,
      headers: { 'Set-Cookie': 'None from now on.' },
    },
  },
  problems: ['not_found'],
  run: async ({ authentication, query, request, tollgate }) => {
    const identity = await authentication.identify(request)
    if (!identity?.session) throw new TollgateError('not_found', 'there is no session to end')
    if (query.everywhere) await tollgate.sessions.endAllOf(identity.principal.actor)
    await tollgate.sessions.end(identity.session.id)
    return json(describeIdentity({ principal: identity.principal }), 200, {
      'set-cookie': endedSessionCookie(request),
    })
  },
})
