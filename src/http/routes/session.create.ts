import { sessionCreateSchema, sessionSchema } from '../../contract/authentication.ts'
import { sessionCookie } from '../authentication/session-cookie.ts'
import { json } from '../replies.ts'
import { checkedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'
import { describeIdentity } from '../session-answer.ts'

/** Signs in: a credential for a cookie. */
export const sessionCreate = defineRoute({
  operationId: 'session.create',
  method: 'post',
  path: '/api/session',
  access: 'public',
  tag: 'Sessions',
  summary: 'Sign in to the console',
  description:
    'Takes an admin key or the JWT of a user, once, and sets a cookie that no script can read and ' +
    'no other site can send. It is good for 8 hours, and no longer than the JWT or the key is. ' +
    'Keep `csrfToken` on the page: what is not a GET needs it in the header `x-tollgate-csrf`, ' +
    'and an `Origin` of the same site.',
  body: checkedBody(sessionCreateSchema, { credential: 'the-admin-key' }),
  answers: {
    201: {
      description: 'Who signed in.',
      schema: sessionSchema,
      headers: { 'Set-Cookie': 'The session.' },
    },
  },
  problems: [
    ...(['invalid_request', 'unauthenticated', 'forbidden', 'too_many_attempts'] as const),
    ...(['unavailable', 'internal'] as const),
  ],
  run: async ({ authentication, body, now, request }) => {
    const { token, session } = await authentication.signIn(request, body.credential)
    const maxAgeMs = session.expiresAt.getTime() - now().getTime()
    return json(describeIdentity({ principal: session.principal, session }), 201, {
      'set-cookie': sessionCookie(request, token, Math.max(0, Math.floor(maxAgeMs / 1_000))),
    })
  },
})
