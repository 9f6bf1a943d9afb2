import { context, SpanKind, trace } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { createHandler } from '../../src/server.ts'
import { testClock } from '../../src/testing/index.ts'
import { deliver, toThisMachine } from '../behaviour/webhook-steps.ts'
import { openReceiver } from '../connectors/outbound/receiver.ts'
import { ADMIN_KEY, type SendOptions, sender } from '../http/door.ts'
import { eventually } from '../setup/eventually.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'
import { noticeOf, SECRET } from './demo-run.ts'
import { recordSpans, treeOf } from './recording.ts'

const exporter = recordSpans()
const receiver = await openReceiver()
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`
afterAll(() => receiver.close())
/** Customer data that must not appear in a span. */
const OF_CUSTOMER = /acme-of-the-test|ada|secret-word|127\.0\.0\.1|user-17/

describeOnEachDatabase('traces', (open) => {
  let tollgate: TollgateEngine
  let send: ReturnType<typeof sender>
  const clock = testClock('2026-03-10T12:00:00Z')

  beforeAll(async () => {
    tollgate = await createTollgate({
      database: await open(),
      clock,
      webhooks: toThisMachine(receiver.port),
      // Nothing listens there.
      stripe: { secretKey: 'sk_test_x', webhookSecret: SECRET, apiBase: 'http://127.0.0.1:9' },
    })
    send = sender(createHandler(tollgate, { adminKey: ADMIN_KEY }))
    for (const id of [call.organizationId, 'acme-of-the-test-too']) {
      await tollgate.organizations.create({ id, name: 'secret-word', plan: 'rag-chatbot/trial' })
    }
    // Cached data is not read again after this.
    await tollgate.track(call)
  })
  afterAll(() => tollgate.close())
  beforeEach(() => exporter.reset())

  const spans = () => exporter.getFinishedSpans()
  const inTrace = (id: string) => spans().filter((span) => span.spanContext().traceId === id)
  const named = (name: string) => spans().find((span) => span.name === name) as ReadableSpan
  const call = {
    organizationId: 'acme-of-the-test',
    userId: 'user-17',
    eventType: 'api_call',
    properties: { note: 'secret-word' },
  }
  const ask = (method: string, path: string, options: SendOptions = {}) =>
    send(method, path, { ...options, headers: { traceparent: TRACEPARENT } })

  it("continue the sender's trace over HTTP, down to the statement", async () => {
    const { status } = await ask('POST', '/api/usage/track', { body: { ...call, id: 'one' } })
    expect(status).toBe(200)
    expect(treeOf(inTrace(TRACE_ID), 'b7ad6b7169203331')).toEqual([
      'POST /api/usage/track',
      '  tollgate.track',
      '    commit decisions',
      '      SELECT decide_usage',
    ])
    expect(named('POST /api/usage/track')).toMatchObject({
      kind: SpanKind.SERVER,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/api/usage/track',
        'http.response.status_code': 200,
        'tollgate.operation': 'track',
      },
    })
    expect(named('SELECT decide_usage')).toMatchObject({
      kind: SpanKind.CLIENT,
      attributes: { 'db.system.name': 'postgresql', 'db.query.summary': 'SELECT decide_usage' },
    })
  })

  it('describe decisions in our own terms', async () => {
    await tollgate.track({ ...call, eventType: 'chat_message', quantities: { tokens: 1e9 } })
    expect(named('tollgate.track').attributes).toEqual({
      'tollgate.operation': 'track',
      'tollgate.decision.allowed': false,
      'tollgate.decision.reason': 'limit_exceeded',
    })
  })

  it('connect a hold from its reservation to its settlement', async () => {
    const hold = await tollgate.reserve({ ...call, id: 'held' })
    if (!hold.allowed) throw new Error('it was to be let through')
    await hold.settle()
    const commits = spans().filter(({ name }) => name.startsWith('commit '))
    expect(commits.map(({ name }) => name)).toEqual(['commit decisions', 'commit settlements'])
    expect(treeOf(spans()).filter((line) => line.startsWith('tollgate.'))).toEqual([
      ...['tollgate.reserve', 'tollgate.settle'],
    ])
    expect(named('SELECT settle_reservations').parentSpanContext?.spanId).toBe(
      named('commit settlements').spanContext().spanId,
    )
  })

  it('of calls that share a statement are all linked to it, and none contains the others', async () => {
    const calls = ['a', 'b', 'c', 'd'].map((id) => tollgate.track({ ...call, id }))
    await Promise.all(calls)
    const traced = spans().filter(({ name }) => name === 'tollgate.track')
    const commits = spans().filter(({ name }) => name === 'commit decisions')
    const causes = commits.flatMap(({ parentSpanContext, links }) => [
      parentSpanContext?.spanId,
      ...links.map((link) => link.context.spanId),
    ])
    expect(causes.toSorted()).toEqual(traced.map((span) => span.spanContext().spanId).toSorted())
    expect(commits.length).toBeLessThan(4)
  })

  it('mark a fault by its code, without its message', async () => {
    const { status } = await ask('GET', '/api/organizations/acme-of-the-other-test')
    expect(status).toBe(404)
    const span = named('GET /api/organizations/{organizationId}')
    expect(span.attributes['http.response.status_code']).toBe(404)
    const inner = named('tollgate.organizations.get')
    expect(inner.attributes['error.type']).toBe('not_found')
    expect([inner.status.message, inner.events]).toEqual([undefined, []])
  })

  it('have names from the code only, with no customer data', async () => {
    await ask('POST', '/api/usage/track', { body: call })
    await ask('GET', '/api/organizations/acme-of-the-test/members?limit=5')
    await ask('GET', '/nowhere/ada')
    await ask('GET', '/api/organizations/acme-of-the-test/usage/explain?id=secret-word')
    const told = spans().map(({ name, attributes, status, links, events }) =>
      JSON.stringify({ name, attributes, status, links, events }),
    )
    expect(told.length).toBeGreaterThan(5)
    expect(told.filter((text) => OF_CUSTOMER.test(text))).toEqual([])
    expect(named('GET').attributes).toMatchObject({ 'tollgate.operation': 'none' })
  })

  it("are below the host's own server span", async () => {
    const host = trace.getTracer('host').startSpan('GET /their-route')
    await context.with(trace.setSpan(context.active(), host), () => ask('GET', '/healthz'))
    host.end()
    const own = named('GET /healthz')
    expect(own.parentSpanContext?.spanId).toBe(host.spanContext().spanId)
    expect(own.kind).toBe(SpanKind.INTERNAL)
  })

  it('describe requests to Stripe, and a missing answer', async () => {
    const notice = noticeOf('cus_acme-of-the-test', new Date('2026-03-10T12:00:00Z'))
    await expect(tollgate.stripe.receive(notice)).rejects.toThrow()
    const { kind, parentSpanContext, attributes } = named('stripe customer')
    expect([kind, parentSpanContext?.spanId]).toEqual([
      SpanKind.CLIENT,
      named('tollgate.stripe.receive').spanContext().spanId,
    ])
    expect(attributes).toMatchObject({ 'rpc.method': 'customer', 'error.type': expect.any(String) })
    expect(JSON.stringify(attributes)).not.toMatch(OF_CUSTOMER)
  })

  it('of a job are separate, with its statements', async () => {
    await tollgate.jobs.run({ job: 'doctor' })
    await eventually(() => expect(named('job doctor')).toBeDefined())
    expect(named('job doctor').parentSpanContext).toBeUndefined()
    const beneath = inTrace(named('job doctor').spanContext().traceId)
    expect(beneath.map(({ name }) => name)).toContain('SELECT aggregate_usage')
  })

  it('exclude the upkeep of each second', async () => {
    await clock.advance(3_000)
    await tollgate.flush()
    expect(spans().map(({ name }) => name)).toEqual([])
  })

  it('of a delivery begin a new trace, linked to the one of its event', async () => {
    const about = { organizationId: 'acme-of-the-test-too' }
    await tollgate.webhooks.create({ ...about, url: receiver.url, kinds: ['member.*', 'limit.*'] })
    exporter.reset()
    await tollgate.members.add({ ...about, userId: 'ada', role: 'viewer' })
    const tooMuch = { eventType: 'chat_message', quantities: { tokens: 1e9 } }
    await tollgate.track({ ...call, ...about, ...tooMuch })
    const causes = [named('tollgate.members.add'), named('commit decisions')].map(
      (span) => span.spanContext().traceId,
    )
    await deliver(tollgate)
    const deliveries = spans().filter(({ name }) => name === 'deliver webhook')
    expect(deliveries.map(({ kind }) => kind)).toEqual(deliveries.map(() => SpanKind.PRODUCER))
    const links = deliveries.map((one) => one.links.map((link) => link.context.traceId))
    const kinds = deliveries.map((one) => one.attributes['tollgate.event.kind'])
    expect(Object.fromEntries(kinds.map((kind, n) => [kind, links[n]]))).toMatchObject({
      'member.added': [causes[0]],
      'limit.reached': [causes[1]],
    })
    expect(deliveries.filter(({ parentSpanContext }) => parentSpanContext)).toEqual([])
    const told = deliveries.map(({ attributes }) => JSON.stringify(attributes))
    expect(told.filter((text) => OF_CUSTOMER.test(text))).toEqual([])
  })
})
