import { sessionSchema } from '../../contract/authentication.ts'
import { TollgateError } from '../../contract/errors.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'
import { describeIdentity } from '../session-answer.ts'

/** Who am I? */
export const sessionGet = defineRoute({
  operationId: 'session.get',
  method: 'get',
  path: '/api/session',
  access: 'caller',
  tag: 'Sessions',
  summary: 'Who is asking',
  description:
    'For a session also how long it lasts, and its `csrfToken`, for a page that was loaded anew.',
  answers: { 200: { description: 'Whom the credential stands for.', schema: sessionSchema } },
  run: async ({ authentication, request }) => {
    const identity = await authentication.identify(request)
    if (!identity) throw new TollgateError('unauthenticated')
    return json(describeIdentity(identity))
  },
})
