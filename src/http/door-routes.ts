import { z } from 'zod'
import {
  readTokenCreatedSchema,
  readTokenCreateSchema,
  sessionCreateSchema,
  sessionSchema,
} from '../contract/authentication.ts'
import { decisionSchema } from '../contract/decision.ts'
import { TollgateError } from '../contract/errors.ts'
import { answered } from '../contract/schema-names.ts'
import type { Principal } from '../contract/tenancy.ts'
import type { TollgateEngine } from '../contract/tollgate.ts'
import { RATE_LIMIT_HEADERS } from '../core/rate-limit-headers.ts'
import { ALL_RIGHTS, readTokenHas } from '../core/rights.ts'
import type { AdmittedCall } from '../engine/entry.ts'
import { completed, type Operation } from '../operations/operation.ts'
import { type Answering, decisionAnswer, json, type Reply } from './answers.ts'
import type { Authentication } from './authentication/authentication.ts'
import { endedSessionCookie, sessionCookie } from './authentication/session-cookie.ts'
import {
  type DemoMode,
  type DemoUsage,
  demoEvent,
  demoUsageSchema,
  faultsOfDemo,
} from './demo-mode.ts'
import { htmlReply } from './html-reply.ts'
import { invoicePage } from './invoice-page.ts'
import type { Metrics } from './metrics.ts'
import type { Reference } from './reference.ts'
import { describeIdentity } from './session-answer.ts'

/** What an operation of the door's own may use. */
interface DoorCall extends Pick<Answering, 'now' | 'problem' | 'plumbing' | 'request'> {
  readonly call: AdmittedCall
  readonly caller: Principal | undefined
  readonly tollgate: TollgateEngine
  readonly authentication: Authentication
  readonly metrics: Metrics
  readonly reference: Reference
  readonly demo: DemoMode
  readonly stopping: AbortSignal | undefined
}

/** An operation that no verb of the engine answers: it is about HTTP itself, or makes a page. */
export interface DoorRoute {
  readonly operation: Operation
  /** What its answer holds beside, or in place of, JSON. */
  readonly document?: {
    readonly mediaType?: string
    readonly headers?: Readonly<Record<string, string>>
  }
  readonly answer: (door: DoorCall) => Reply | Response | Promise<Reply | Response>
}

const healthStatusSchema = answered('HealthStatus', z.object({ status: z.literal('ok') }))

const readinessSchema = answered(
  'Readiness',
  z.object({
    status: z.literal('ok'),
    journal: z
      .object({
        status: z.enum(['ok', 'full', 'failing']).meta({
          description: 'While it is not `ok`, calls that would need it are left to the store.',
        }),
        bytes: z.int(),
        maxBytes: z.int(),
        waiting: z.int().meta({ description: 'Records that are not in the books yet.' }),
        unsyncedMs: z.int().meta({ description: 'How long something has been written unsynced.' }),
        lastError: z.object({ message: z.string(), at: z.iso.datetime() }).nullable(),
      })
      .optional()
      .meta({ description: 'Where the process has a journal.' }),
  }),
)

const sessionsCreate: DoorRoute = {
  operation: completed({
    name: 'sessions.create',
    method: 'post',
    path: '/api/session',
    right: 'public',
    tag: 'Sessions',
    summary: 'Sign in to the console',
    description:
      'Takes an admin key or the JWT of a user, once, and sets a cookie that no script can read and ' +
      'no other site can send. It is good for 8 hours, and no longer than the JWT or the key is. ' +
      'Keep `csrfToken` on the page: what is not a GET needs it in the header `x-tollgate-csrf`, ' +
      'and an `Origin` of the same site.',
    body: sessionCreateSchema,
    example: { credential: 'the-admin-key' },
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
  }),
  document: { headers: { 'Set-Cookie': 'The session.' } },
  answer: async ({ authentication, call, now, request }) => {
    const { credential } = call.input as { credential: string }
    const { token, session } = await authentication.signIn(request, credential)
    const maxAgeMs = session.expiresAt.getTime() - now().getTime()
    return json(describeIdentity({ principal: session.principal, session }), 201, {
      'set-cookie': sessionCookie(request, token, Math.max(0, Math.floor(maxAgeMs / 1_000))),
    })
  },
}

const sessionsGet: DoorRoute = {
  operation: completed({
    name: 'sessions.get',
    method: 'get',
    path: '/api/session',
    right: 'caller',
    tag: 'Sessions',
    summary: 'Who is asking',
    description:
      'For a session also how long it lasts, and its `csrfToken`, for a page that was loaded anew.',
    output: sessionSchema,
    answer: 'Whom the credential stands for.',
    repeat: 'read',
  }),
  answer: async ({ authentication, request }) => {
    const identity = await authentication.identify(request)
    if (!identity) throw new TollgateError('unauthenticated')
    return json(describeIdentity(identity))
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
    return json(describeIdentity({ principal: identity.principal }), 200, {
      'set-cookie': endedSessionCookie(request),
    })
  },
}

const readTokensCreate: DoorRoute = {
  operation: completed({
    name: 'readTokens.create',
    method: 'post',
    path: '/api/organizations/{organizationId}/read-tokens',
    right: 'usage.read',
    tag: 'Read tokens',
    summary: 'Create a read token',
    description:
      'For a page of your product: it sees how one organization stands, may change nothing, and ' +
      'ends within the hour or when the organization is closed. Who makes one must have every right ' +
      'that it has.',
    body: readTokenCreateSchema,
    example: { expiresInSeconds: 900 },
    output: readTokenCreatedSchema,
    answer: 'The token.',
    repeat: 'never',
    problems: ['not_found'],
    http: { status: 201 },
  }),
  answer: async ({ authentication, call, caller }) => {
    if (!caller || !mayPassOn(caller)) throw new TollgateError('forbidden')
    const { organizationId, expiresInSeconds } = call.input as {
      organizationId: string
      expiresInSeconds: number
    }
    return json(await authentication.readTokens.issue(organizationId, expiresInSeconds), 201)
  },
}

/** Nobody gets more by it than they have, nor longer: a read token makes no other. */
const mayPassOn = (caller: Principal): boolean => {
  if (caller.kind === 'reader') return false
  if (!('scopes' in caller)) return true
  return ALL_RIGHTS.filter(readTokenHas).every((right) => caller.scopes.includes(right))
}

const invoicesPrint: DoorRoute = {
  operation: completed({
    name: 'invoices.print',
    method: 'get',
    path: '/api/organizations/{organizationId}/invoices/{invoiceId}/print',
    right: 'invoices.read',
    tag: 'Billing',
    summary: 'An invoice to print',
    description: 'A page for paper, or for “Save as PDF”: it needs no script and loads nothing.',
    answer: 'The page.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  document: { mediaType: 'text/html' },
  answer: async ({ tollgate, call }) => {
    const { organizationId, invoiceId } = call.input as {
      organizationId: string
      invoiceId: string
    }
    const [organization, invoice] = await Promise.all([
      tollgate.organizations.get({ organizationId }),
      tollgate.invoices.get({ organizationId, invoiceId }),
    ])
    const page = await invoicePage(invoice, organization.name)
    return htmlReply(page, { 'cache-control': 'private, no-store' })
  },
}

const demoTrack: DoorRoute = {
  operation: completed({
    name: 'demo.track',
    method: 'post',
    path: '/api/demo/track-usage',
    right: 'demo',
    tag: 'Demo',
    summary: 'Try the gate without a key',
    description: 'In demo mode only, and only for clients on the same machine.',
    body: demoUsageSchema,
    example: {
      organizationId: 'acme',
      eventType: 'structuring_diagnose',
      eventData: { complexity: 2, echo: true, traceback: true },
    },
    output: decisionSchema,
    answer: 'The decision, with its `usage`.',
    repeat: 'never',
    problems: ['forbidden', 'not_found', 'unprocessable'],
  }),
  document: { headers: RATE_LIMIT_HEADERS },
  answer: async ({ call, demo, now, problem }) => {
    const decision = await demo.track(demoEvent(call.input as DemoUsage)).catch((error) => {
      throw faultsOfDemo(error)
    })
    return decisionAnswer(decision, { now, problem })
  },
}

const healthLive: DoorRoute = {
  operation: completed({
    name: 'health.live',
    method: 'get',
    path: '/healthz',
    right: 'public',
    tag: 'Operation',
    summary: 'Is the process up?',
    description:
      'Asks nothing of the store, so a database that is down does not restart the process.',
    output: healthStatusSchema,
    answer: 'It is.',
    repeat: 'read',
  }),
  answer: () => json({ status: 'ok' }),
}

const healthReady: DoorRoute = {
  operation: completed({
    name: 'health.ready',
    method: 'get',
    path: '/readyz',
    right: 'public',
    tag: 'Operation',
    summary: 'Can it take work?',
    description:
      'Answers within a second, whether or not the store can be reached. `detail` says why not: the ' +
      'store is away, is full, may only be read, or this process is stopping. Says how the journal ' +
      'stands; a journal whose disk fails does not make the process unready.',
    output: readinessSchema,
    answer: 'It can.',
    repeat: 'read',
    problems: ['unavailable'],
  }),
  answer: async ({ stopping, tollgate, plumbing }) => {
    if (stopping?.aborted) {
      throw new TollgateError('unavailable', { detail: 'this process is stopping' })
    }
    await tollgate.ready()
    const { journal } = plumbing.statistics()
    if (!journal) return json({ status: 'ok' })
    const { lastError = null, unsyncedMs } = journal
    return json({
      status: 'ok',
      journal: { ...journal, unsyncedMs: Math.round(unsyncedMs), lastError },
    })
  },
}

const metricsGet: DoorRoute = {
  operation: completed({
    name: 'metrics.get',
    method: 'get',
    path: '/metrics',
    right: 'admin',
    tag: 'Operation',
    summary: 'Figures for Prometheus',
    answer: 'Counters and gauges.',
    repeat: 'read',
  }),
  document: { mediaType: 'text/plain' },
  answer: async ({ metrics }) => ({
    status: 200,
    headers: { 'content-type': metrics.contentType },
    body: await metrics.text(),
  }),
}

const docsDocument: DoorRoute = {
  operation: completed({
    name: 'docs.document',
    method: 'get',
    path: '/openapi.json',
    right: 'public',
    tag: 'Operation',
    summary: 'This interface as OpenAPI 3.1',
    description: 'Public: it is documentation and holds no data.',
    answer: 'The document.',
    repeat: 'read',
  }),
  document: { mediaType: 'application/json' },
  answer: ({ reference }) => json(reference.document()),
}

const docsPage: DoorRoute = {
  operation: completed({
    name: 'docs.page',
    method: 'get',
    path: '/docs',
    right: 'public',
    tag: 'Operation',
    summary: 'This reference',
    description: 'Public: it is documentation and holds no data. Loads nothing from anywhere.',
    answer: 'The page.',
    repeat: 'read',
  }),
  document: { mediaType: 'text/html' },
  answer: async ({ reference }) => htmlReply(await reference.page()),
}

const startPage: DoorRoute = {
  operation: completed({
    name: 'docs.start',
    method: 'get',
    path: '/',
    right: 'public',
    tag: 'Operation',
    summary: 'What this is, and where to go on',
    description: 'Public: a page for a person, which holds no data and loads nothing.',
    answer: 'The page.',
    repeat: 'read',
  }),
  document: { mediaType: 'text/html' },
  answer: async ({ reference }) => htmlReply(await reference.start()),
}

/** In the order of the reference. */
export const doorRoutes: readonly DoorRoute[] = [
  readTokensCreate,
  invoicesPrint,
  sessionsCreate,
  sessionsGet,
  sessionsEnd,
  demoTrack,
  healthLive,
  healthReady,
  metricsGet,
  docsDocument,
  docsPage,
  startPage,
]
