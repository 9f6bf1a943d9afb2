import { z } from 'zod'
import {
  sessionCodeSchema,
  sessionCreateSchema,
  sessionSchema,
} from '../contract/authentication.ts'
import { TollgateError } from '../contract/errors.ts'
import { completed } from '../operations/operation.ts'
import { json, type Reply } from './answers.ts'
import type { Authentication } from './authentication/authentication.ts'
import { endedSessionCookie, sessionCookie } from './authentication/session-cookie.ts'
import type { DoorCall, DoorRoute } from './door-route.ts'
import { describeIdentity } from './session-answer.ts'

/** The shared part of all ways to sign in. */
const signsIn = {
  method: 'post',
  right: 'public',
  tag: 'Sessions',
  output: sessionSchema,
  answer: 'Who signed in.',
  repeat: 'never',
  problems: [
    'invalid_request',
    'unauthenticated',
    'forbidden',
    'too_many_attempts',
    'unavailable',
    'internal',
  ],
  http: { status: 201 },
} as const

const sessionsCreate: DoorRoute = {
  operation: completed({
    name: 'sessions.create',
    ...signsIn,
    path: '/api/session',
    summary: 'Sign in to the console',
    description:
      'Takes an admin key or the JWT of a user, once, and sets a cookie that no script can read and ' +
      'no other site can send. It is good for 8 hours, and no longer than the JWT or the key is. ' +
      'Keep `csrfToken` on the page: what is not a GET needs it in the header `x-tollgate-csrf`, ' +
      'and an `Origin` of the same site.',
    body: sessionCreateSchema,
    example: { credential: 'the-admin-key' },
  }),
  document: { headers: { 'Set-Cookie': 'The session.' } },
  answer: async ({ authentication, call, now, plumbing, request }) => {
    const { credential } = call.input as { credential: string }
    return signedIn(await authentication.signIn(request, credential), { now, plumbing, request })
  },
}

const sessionsExchange: DoorRoute = {
  operation: completed({
    name: 'sessions.exchange',
    ...signsIn,
    path: '/api/session/code',
    summary: 'Sign in to the console by a code',
    description:
      'Takes the code that a server prints for the person who starts it, and signs them in as the ' +
      'administrator. It is good once, for five minutes, and only for clients on the same machine.',
    body: sessionCodeSchema,
    example: { code: 'the-code-that-was-printed' },
  }),
  document: { headers: { 'Set-Cookie': 'The session.' } },
  answer: async ({ authentication, call, now, plumbing, request, whyNotLocal }) => {
    const why = whyNotLocal(request)
    if (why !== undefined) {
      const detail = `A code is for clients on the machine of the server: ${why}.`
      throw new TollgateError('forbidden', { detail })
    }
    const { code } = call.input as { code: string }
    const opened = await authentication.signInByCode(request, code)
    return signedIn(opened, { now, plumbing, request })
  },
}

const signedIn = async (
  { token, session }: Awaited<ReturnType<Authentication['signIn']>>,
  { now, plumbing, request }: Pick<DoorCall, 'now' | 'plumbing' | 'request'>,
): Promise<Reply> => {
  const maxAgeMs = session.expiresAt.getTime() - now().getTime()
  const identity = { principal: session.principal, session }
  return json(await describeIdentity(identity, plumbing), 201, {
    'set-cookie': sessionCookie(request, token, Math.max(0, Math.floor(maxAgeMs / 1_000))),
  })
}

const sessionsGet: DoorRoute = {
  operation: completed({
    name: 'sessions.get',
    method: 'get',
    path: '/api/session',
    right: 'caller',
    tag: 'Sessions',
    summary: 'Get the current session',
    description:
      'For a session also how long it lasts, and its `csrfToken`, for a page that was loaded anew. ' +
      'A user is told which organizations they are in, and what they may do in each.',
    output: sessionSchema,
    answer: 'Whom the credential stands for.',
    repeat: 'read',
  }),
  answer: async ({ authentication, plumbing, request }) => {
    const identity = await authentication.identify(request)
    if (!identity) throw new TollgateError('unauthenticated')
    return json(await describeIdentity(identity, plumbing))
  },
}

const sessionsEnd: DoorRoute = {
  operation: completed({
    name: 'sessions.end',
    method: 'delete',
    path: '/api/session',
    right: 'caller',
    tag: 'Sessions',
    summary: 'Sign out of the console',
    description: 'The session is over in every process at once, also for whoever has its cookie.',
    query: z.strictObject({
      everywhere: z
        .boolean()
        .optional()
        .describe('true: also all other sessions of the same user or key'),
    }),
    output: sessionSchema,
    answer: 'Who was signed in.',
    repeat: 'never',
    problems: ['not_found'],
  }),
  document: { headers: { 'Set-Cookie': 'None from now on.' } },
  answer: async ({ authentication, call, plumbing, request }) => {
    const identity = await authentication.identify(request)
    if (!identity?.session) {
      throw new TollgateError('not_found', { detail: 'there is no session to end' })
    }
    if (call.input.everywhere) await plumbing.sessions.endAllOf(identity.principal.actor)
    await plumbing.sessions.end(identity.session.id)
    return json(await describeIdentity({ principal: identity.principal }, plumbing), 200, {
      'set-cookie': endedSessionCookie(request),
    })
  },
}

/** The routes for signing in and out. */
export const sessionRoutes: readonly DoorRoute[] = [
  sessionsCreate,
  sessionsExchange,
  sessionsGet,
  sessionsEnd,
]
