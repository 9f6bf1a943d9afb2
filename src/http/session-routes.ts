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
  answer: 'The new session.',
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
      "Takes an admin key or a user's JWT once, and sets a cookie that scripts cannot read and " +
      'other sites cannot send. The session lasts 8 hours, and no longer than the JWT or the ' +
      'key. Store `csrfToken` in the page: any request other than a GET needs it in the header ' +
      '`x-tollgate-csrf`, and an `Origin` of the same site.',
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
    summary: 'Sign in to the console with a code',
    description:
      'Takes the code that a server prints at its start, and signs in as the administrator. ' +
      'The code is valid once, for five minutes, and only for clients on the same machine.',
    body: sessionCodeSchema,
    example: { code: 'the-code-that-was-printed' },
  }),
  document: { headers: { 'Set-Cookie': 'The session.' } },
  answer: async ({ authentication, call, now, plumbing, request, whyNotLocal }) => {
    const why = whyNotLocal(request)
    if (why !== undefined) {
      const detail = `A code only works for clients on the server's machine: ${why}.`
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
      'For a session, also its expiry and its `csrfToken`, which a reloaded page needs. For a ' +
      'user, also their organizations and their rights in each.',
    output: sessionSchema,
    answer: "The caller's identity.",
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
    description: 'The session ends in every process at once, for every holder of its cookie.',
    query: z.strictObject({
      everywhere: z
        .boolean()
        .optional()
        .describe('true: also ends all other sessions of the same user or key'),
    }),
    output: sessionSchema,
    answer: 'The identity of the ended session.',
    repeat: 'never',
    problems: ['not_found'],
  }),
  document: { headers: { 'Set-Cookie': 'An empty cookie.' } },
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
