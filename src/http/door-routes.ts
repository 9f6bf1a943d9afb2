import { z } from 'zod'
import { readTokenCreatedSchema, readTokenCreateSchema } from '../contract/authentication.ts'
import { decisionSchema } from '../contract/decision.ts'
import { TollgateError } from '../contract/errors.ts'
import { answered } from '../contract/schema-names.ts'
import { RATE_LIMIT_HEADERS } from '../core/rate-limit-headers.ts'
import { DEFAULT_READER_RIGHTS } from '../core/rights.ts'
import { hasRight } from '../engine/access.ts'
import { completed } from '../operations/operation.ts'
import { decisionAnswer, json } from './answers.ts'
import { type DemoUsage, demoEvent, demoUsageSchema, faultsOfDemo } from './demo-mode.ts'
import type { DoorRoute } from './door-route.ts'
import { htmlReply } from './html-reply.ts'
import { invoicePage } from './invoice-page.ts'
import { mcpRoute } from './mcp-route.ts'
import { pageRoutes } from './page-routes.ts'
import { sessionRoutes } from './session-routes.ts'
import { unsubscribeRoutes } from './unsubscribe-routes.ts'

const healthStatusSchema = answered('HealthStatus', z.object({ status: z.literal('ok') }))

const readinessSchema = answered(
  'Readiness',
  z.object({
    status: z.literal('ok'),
    journal: z
      .object({
        status: z.enum(['ok', 'full', 'failing']).meta({
          description:
            'While it is not `ok`, the store decides the calls that would need a journal.',
        }),
        bytes: z.int(),
        maxBytes: z.int(),
        waiting: z.int().meta({ description: 'Records that are not in the database yet.' }),
        unsyncedMs: z
          .int()
          .meta({ description: 'The age of the oldest write that is not synced.' }),
        lastError: z.object({ message: z.string(), at: z.iso.datetime() }).nullable(),
      })
      .optional()
      .meta({ description: 'Present if the process has a journal.' }),
  }),
)

const readTokensCreate: DoorRoute = {
  operation: completed({
    name: 'readTokens.create',
    method: 'post',
    path: '/api/organizations/{organizationId}/read-tokens',
    right: 'usage.read',
    tag: 'Read tokens',
    summary: 'Create a read token',
    description:
      'For a page of your product. The token can read one organization and change nothing. It ' +
      'lasts at most an hour, and ends when the organization is closed. Its creator must have ' +
      'every right that it gets. If it names origins, pages of other origins are refused.',
    body: readTokenCreateSchema,
    example: { expiresInSeconds: 900 },
    output: readTokenCreatedSchema,
    answer: 'The token.',
    repeat: 'never',
    problems: ['not_found'],
    http: { status: 201 },
  }),
  answer: async ({ authentication, call, caller }) => {
    const { organizationId, expiresInSeconds, rights, origins } = call.input as z.output<
      typeof readTokenCreateSchema
    > & { readonly organizationId: string }
    const wanted = rights ?? DEFAULT_READER_RIGHTS
    // A token cannot have more rights than its creator, and a read token cannot create tokens.
    if (!caller || caller.kind === 'reader') throw new TollgateError('forbidden')
    const lacking = wanted.filter((right) => !hasRight(caller, call.options.role, right))
    if (lacking.length > 0) {
      const detail = `rights: only a caller who has ${lacking.join(', ')} may pass it on`
      throw new TollgateError('forbidden', { detail })
    }
    const asked = { organizationId, expiresInSeconds, rights: wanted, origins }
    return json(await authentication.readTokens.issue(asked), 201)
  },
}

const invoicesPrint: DoorRoute = {
  operation: completed({
    name: 'invoices.print',
    method: 'get',
    path: '/api/organizations/{organizationId}/invoices/{invoiceId}/print',
    right: 'invoices.read',
    tag: 'Billing',
    summary: 'Print an invoice',
    description: 'A page for printing, or for “Save as PDF”. It needs no script and loads nothing.',
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
    description: 'Only in demo mode, and only for clients on the same machine.',
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
    summary: 'Check liveness',
    description:
      'Does not query the store, so that a database outage does not restart the process.',
    output: healthStatusSchema,
    answer: 'The process is alive.',
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
    summary: 'Check readiness',
    description:
      'Answers within a second, whether or not the store is reachable. `detail` gives the ' +
      'reason for a failure: the store is unreachable, full or read-only, or this process is ' +
      "stopping. Reports the journal's state; a failing journal does not make the process " +
      'unready.',
    output: readinessSchema,
    answer: 'The process can serve.',
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
    summary: 'Get metrics for Prometheus',
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

/** The operations without a verb, in the order of the reference. */
export const doorRoutes: readonly DoorRoute[] = [
  readTokensCreate,
  invoicesPrint,
  ...sessionRoutes,
  ...unsubscribeRoutes,
  demoTrack,
  mcpRoute,
  healthLive,
  healthReady,
  metricsGet,
  ...pageRoutes,
]
