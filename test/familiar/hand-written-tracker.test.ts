import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { type FamiliarNames, familiarNames } from '../../src/familiar/index.ts'
import { createHandler } from '../../src/server.ts'
import { createFamiliarNames } from '../../src/storage/familiar-names.ts'
import { type OpenedSubject, openSubject } from '../behaviour/open-subject.ts'
import { BY_SECRET, goodToken } from '../http/authentication/bad-tokens.ts'
import { AUDIENCE, ISSUER, SECRET } from '../http/authentication/issuer.ts'
import { describeByForm } from '../setup/substrates.ts'
import { trackerCatalog } from './tracker-catalog.ts'

/** The SQL names use the database's clock. */
const now = new Date()
const today = now.toISOString().slice(0, 10)
const CRON_SECRET = 'the-secret-of-the-schedule'
const ADMIN_USER_ID = 'ada'

/** Typical code of a hand-written tracker, on top of Tollgate. */
describeByForm("a hand-written tracker's code", (open) => {
  let subject: OpenedSubject
  let tollgate: TollgateEngine
  let names: FamiliarNames
  const orgId = 'acme'
  const tenantId = 'acme'
  const url = 'https://acme.test/api/organizations/acme/structuring/diagnose?draft=1'
  const request = new Request(url, { method: 'POST' })
  const sql = async (text: string, values: readonly unknown[] = []) =>
    subject.db.query<Record<string, unknown>>(text, values)
  const events = async (organizationId = orgId) =>
    (await tollgate.usage.history({ organizationId })).events
  const newOrganization = async (id: string, plan: string) => {
    await tollgate.organizations.create({ id, name: id, plan })
    return id
  }

  beforeAll(async () => {
    const options = { at: now.toISOString(), catalogs: ['rag-chatbot', trackerCatalog] }
    subject = await openSubject(await open(), options)
    tollgate = subject.tollgate
    names = familiarNames(() => Promise.resolve(tollgate), {
      catalog: 'tracker',
      authentication: {
        jwt: { issuer: ISSUER, audience: AUDIENCE, secret: SECRET },
        now: subject.clock.now,
        adminUserIds: [ADMIN_USER_ID],
        cronSecret: CRON_SECRET,
      },
    })
    await createFamiliarNames(subject.db, 'legacy')
    await newOrganization('acme', 'tracker/hundred')
  })
  afterAll(() => tollgate?.close())

  it('withUsageTracking returns the usage of its answer', async () => {
    const { withUsageTracking } = names
    const usage = await withUsageTracking(request, orgId, {
      eventType: 'structuring_diagnose',
      eventData: { complexity: 2, echo: true, traceback: true },
    })
    const { creditsConsumed, remainingCredits, usageEventId, warning } = usage
    expect({ creditsConsumed, remainingCredits, warning }).toEqual({
      creditsConsumed: 28,
      remainingCredits: 72,
      warning: undefined,
    })
    const [event] = await events()
    expect(event).toMatchObject({ id: usageEventId, credits: 28, method: 'POST' })
    expect(event?.endpoint).toBe('/api/organizations/acme/structuring/diagnose')
    // It warns near the limit. Past the limit the work does not run.
    const more = { eventType: 'structuring_diagnose', eventData: { complexity: 6 }, userId: 'bo' }
    expect((await withUsageTracking(request, orgId, more)).warning).toMatchObject({
      percentageUsed: 88,
      isNearLimit: true,
    })
    await expect(withUsageTracking(request, orgId, more)).rejects.toMatchObject({
      name: 'TollgateRefusal',
      status: 402,
      decision: { reason: 'credits_exhausted' },
    })
    // The same id counts once.
    const small = { eventType: 'structuring_diagnose', eventData: { complexity: 0.1 }, id: 'once' }
    await withUsageTracking(request, orgId, small)
    expect((await withUsageTracking(request, orgId, small)).usageEventId).toBe('once')
    expect(await events()).toHaveLength(3)
  })

  it('trackUsage records externally computed credits, or explains why it cannot', async () => {
    const { trackUsage } = names
    const organizationId = await newOrganization('computed', 'tracker/hundred')
    const call = { organizationId, userId: 'ada', eventType: 'custom_job' }
    const { usageEventId } = await trackUsage({ ...call, creditsConsumed: 12.5 })
    expect(await events(organizationId)).toMatchObject([
      { id: usageEventId, credits: 12.5, userId: 'ada' },
    ])
    // The catalog's own price is accepted; a different price would contradict it.
    const diagnose = { organizationId, eventType: 'structuring_diagnose' }
    await trackUsage({ ...diagnose, creditsConsumed: 10 })
    expect(await trackUsage({ ...diagnose, eventData: { complexity: 0.3 } })).toMatchObject({
      creditsConsumed: 3,
    })
    await expect(trackUsage({ ...diagnose, creditsConsumed: 11 })).rejects.toMatchObject({
      code: 'invalid_request',
      faults: [{ field: 'creditsConsumed' }],
    })
    await expect(trackUsage({ ...call, organizationId: 'nobody' })).rejects.toMatchObject({
      code: 'unprocessable',
      faults: [{ field: 'organizationId' }],
    })
    // Past use is recorded, whatever is left.
    await trackUsage({ ...call, creditsConsumed: 500 })
    expect((await tollgate.usage.current({ organizationId })).month.credits).toBe(525.5)
  })

  it('trackUsage follows a call to its success, error or rate limit', async () => {
    const { trackUsage } = names
    const id = await newOrganization('calls', 'rag-chatbot/trial')
    await trackUsage(id, 'api_call').recordSuccess({ tokens_used: 120, response_time_ms: 85 })
    await trackUsage(id, 'chat_message', 'ada').recordSuccess({
      input_tokens: 900,
      output_tokens: 100,
      provider: 'openai',
      model: 'gpt-4o',
    })
    await trackUsage(id, 'api_call').recordError(new RangeError('no answer from the model'))
    await trackUsage(id, 'api_call').recordRateLimit()
    const rows = await sql(
      `select event_type, tokens_used, response_time_ms, status_code, success, event_data
       from legacy.tenant_usage_realtime where tenant_id = $1 order by status_code, tokens_used`,
      [id],
    )
    expect(rows).toMatchObject([
      { event_type: 'api_call', tokens_used: 120n, response_time_ms: 85, status_code: 200 },
      { event_type: 'chat_message', tokens_used: 1_000n, success: true },
      { event_type: 'error', status_code: 429, event_data: { rateLimited: true } },
      {
        event_type: 'error',
        status_code: 500,
        success: false,
        event_data: { eventType: 'api_call', error: 'RangeError' },
      },
    ])
    const [day] = await sql('select * from legacy.tenant_usage_metrics where tenant_id = $1', [id])
    expect(day).toMatchObject({
      total_events: 4n,
      error_count: 2n,
      api_calls: 2n,
      chat_messages: 1n,
      tokens_used: 1_120n,
    })
    // Errors count in no quota.
    const { month } = await tollgate.usage.current({ organizationId: id })
    expect(month.meters).toMatchObject({ api_calls: 2 })
    await expect(
      names.trackUsage(orgId, 'structuring_diagnose').recordError('x'),
    ).rejects.toMatchObject({ code: 'unprocessable' })
  })

  it('enforceQuota returns the rest of any meter, like check_tenant_quota in SQL', async () => {
    const { enforceQuota, QuotaEnforcer } = names
    const id = await newOrganization('quota', 'rag-chatbot/trial')
    await names.trackUsage(id, 'chat_message').recordSuccess({ tokens_used: 9_950 })
    // The available event type is `api_call`, which adds no tokens.
    const { allowed, remaining, resetAt } = await enforceQuota(id, 'tokens', 100)
    expect([allowed, remaining]).toEqual([false, 50])
    expect(resetAt).toBe(new Date(Date.parse(today) + 86_400_000).toISOString())
    expect((await enforceQuota(id, 'tokens', 50)).allowed).toBe(true)
    expect(await enforceQuota(id, 'api_calls')).toMatchObject({ allowed: true })
    const enforcer = new QuotaEnforcer()
    expect(await enforcer.enforceQuota(id, 'tokens', 50)).toMatchObject({ remaining: 50 })
    const inSql = async (tokens: number) => {
      const [row] = await sql('select legacy.check_tenant_quota($1, $2) as fits', [id, tokens])
      return row?.fits
    }
    for (const tokens of [50, 51])
      expect(await enforcer.check(id, 'tokens', tokens)).toBe(await inSql(tokens))
    expect(await enforcer.check(id, 'tokens', 51)).toBe(false)
  })

  it('UsageTracker writes in batches that SQL can read', async () => {
    const { UsageTracker } = names
    const id = await newOrganization('batches', 'rag-chatbot/enterprise')
    const usageTracker = new UsageTracker({ batchSize: 100, flushIntervalMs: 5000 })
    for (let chat = 0; chat < 5; chat += 1) {
      const eventData = { inputTokens: 10, room: 'lobby' }
      await usageTracker.track({ tenantId: id, eventType: 'chat_message', userId: 'bo', eventData })
    }
    await usageTracker.shutdown()
    const daily = () =>
      sql(
        'select event_type, event_count, tokens_used from legacy.usage_daily where organization_id = $1',
        [id],
      )
    expect(await daily()).toEqual([
      { event_type: 'chat_message', event_count: 5n, tokens_used: 50n },
    ])
    const [{ failed } = { failed: undefined }] = await sql(
      'select legacy.aggregate_daily_usage($1::date) as failed',
      [today],
    )
    expect(failed).toBe(0n)
    const small = new UsageTracker({ batchSize: 2 })
    for (let chat = 0; chat < 2; chat += 1) {
      await small.track({ tenantId: id, eventType: 'api_call' })
    }
    await tollgate.flush()
    expect(await daily()).toContainEqual({
      event_type: 'api_call',
      event_count: 2n,
      tokens_used: 0n,
    })
  })

  it('AuditLogger writes what audit_events shows, and resolves like resolve_audit_event', async () => {
    const { AuditLogger } = names
    const auditLogger = new AuditLogger({ actor: 'user:ada' })
    const { id } = await auditLogger.log({
      tenantId,
      eventType: 'KNOWLEDGE_BASE.DELETED',
      category: 'knowledge_base',
      subject: 'knowledge_base:7',
      oldValue: { pages: 12 },
      newValue: null,
    })
    const entry = async () =>
      (await sql('select * from legacy.audit_events where id = $1', [id]))[0]
    expect(await entry()).toMatchObject({
      tenant_id: 'acme',
      event_type: 'knowledge_base.deleted',
      actor: 'user:ada',
      subject: 'knowledge_base:7',
      old_value: { pages: 12 },
      resolved: false,
    })
    await auditLogger.resolve(id, 'it was meant to be')
    expect(await entry()).toMatchObject({ resolved: true, resolution: 'it was meant to be' })
    const [again] = await sql('select legacy.resolve_audit_event($1, $2) as open', [id, 'again'])
    expect(again?.open).toBe(false)
    const { items } = await auditLogger.list(tenantId, { action: 'knowledge_base.deleted' })
    expect(items.map((one) => one.id)).toEqual([id])
    await expect(auditLogger.resolve('17', 'x')).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('withApiKey authenticates, tracks, limits and sets X-RateLimit headers', async () => {
    const { withApiKey } = names
    const id = await newOrganization('keyed', 'rag-chatbot/trial')
    const { key, id: apiKeyId } = await tollgate.apiKeys.create({ organizationId: id, name: 'app' })
    const GET = withApiKey(async (_request, { organizationId }, context: { n: number }) =>
      Response.json({ organizationId, ...context }),
    )
    const asked = (credential?: string) =>
      new Request('https://acme.test/api/things', {
        headers: { ...(credential && { authorization: `Bearer ${credential}` }) },
      })
    const answer = await GET(asked(key), { n: 1 })
    expect(await answer.json()).toEqual({ organizationId: id, n: 1 })
    expect(answer.headers.get('x-ratelimit-limit')).toBe('30')
    expect(answer.headers.get('x-ratelimit-remaining')).toBe('29')
    expect(answer.headers.has('x-ratelimit-reset')).toBe(true)
    expect((await GET(asked(), { n: 1 })).status).toBe(401)
    expect((await GET(asked('tg_nobody'), { n: 1 })).status).toBe(401)
    for (let calls = 1; calls < 30; calls += 1)
      expect((await GET(asked(key), { n: 1 })).status).toBe(200)
    const refused = await GET(asked(key), { n: 1 })
    expect([refused.status, refused.headers.get('x-ratelimit-remaining')]).toEqual([429, '0'])
    expect(refused.headers.has('retry-after')).toBe(true)
    await tollgate.flush()
    const usage = await sql('select endpoint, method from legacy.api_usage where api_key_id = $1', [
      apiKeyId,
    ])
    expect(usage).toHaveLength(30)
    expect(usage[0]).toEqual({ endpoint: '/api/things', method: 'GET' })
    const [counted] = await sql('select legacy.increment_api_calls($1, 2)', [id])
    expect(counted).toBeDefined()
    expect(await events(id)).toHaveLength(32)
  })

  it('requireAuth, requireOrganizationAccess and requireAdminAuth follow ADMIN_USER_IDS', async () => {
    const { requireAdminAuth, requireAuth, requireCronSecret, requireOrganizationAccess } = names
    const by = (token: string) =>
      new Request('https://acme.test/', { headers: { authorization: `Bearer ${token}` } })
    const exp = Math.floor(now.getTime() / 1_000) + 3_600
    const admin = by(goodToken(BY_SECRET, { exp, sub: ADMIN_USER_ID }))
    const bo = by(goodToken(BY_SECRET, { exp, sub: 'bo' }))
    await tollgate.members.add({ organizationId: orgId, userId: 'bo', role: 'viewer' })
    expect(await requireAuth(bo)).toMatchObject({ kind: 'user', userId: 'bo' })
    expect(await requireAdminAuth(admin)).toMatchObject({ kind: 'admin' })
    expect(await requireOrganizationAccess(bo, orgId)).toMatchObject({ userId: 'bo' })
    const failures = {
      '401': () => requireAuth(new Request('https://acme.test/')),
      '403': () => requireAdminAuth(bo),
      '404': () => requireOrganizationAccess(bo, 'computed'),
    }
    for (const [status, fail] of Object.entries(failures)) {
      const answer = await fail().then(
        () => undefined,
        (error) => names.problem(error, bo),
      )
      expect(answer?.status).toBe(Number(status))
    }
    const cron = (secret: string) =>
      new Request('https://acme.test/', { headers: { 'x-cron-secret': secret } })
    expect(await requireCronSecret(cron(CRON_SECRET))).toMatchObject({ kind: 'cron' })
    await expect(requireCronSecret(cron('another-secret-of-somebody'))).rejects.toMatchObject({
      status: 401,
    })
    await expect(requireCronSecret(bo)).rejects.toMatchObject({ status: 403 })
  })

  it('a refusal thrown by withUsageTracking is answered with its own status', async () => {
    const id = await newOrganization('spent', 'tracker/hundred')
    const refused = await names
      .withUsageTracking(request, id, {
        eventType: 'structuring_diagnose',
        eventData: { complexity: 11 },
      })
      .then(
        () => undefined,
        (error) => names.problem(error, request),
      )
    expect(refused?.status).toBe(402)
    expect(await refused?.json()).toMatchObject({ reason: 'credits_exhausted' })
  })

  it('eventRegistry.updateEventDefinition creates a missing definition once', async () => {
    const { eventRegistry, withUsageTracking } = names
    const made = { category: 'ai_visual', baseCredits: 5 }
    await Promise.all([
      eventRegistry.updateEventDefinition('draw_chart', made),
      eventRegistry.updateEventDefinition('draw_chart', made),
    ])
    expect(await eventRegistry.getEventDefinition('draw_chart')).toMatchObject({
      key: 'draw_chart',
      name: 'draw_chart',
      baseCredits: '5',
    })
    await eventRegistry.updateEventDefinition('draw_chart', { baseCredits: 7 })
    const id = await newOrganization('charts', 'tracker/hundred')
    expect(await withUsageTracking(request, id, { eventType: 'draw_chart' })).toMatchObject({
      creditsConsumed: 7,
    })
    await eventRegistry.updateEventDefinition('rag-chatbot/ping', { ...made, baseCredits: 0 })
    expect(await eventRegistry.getEventDefinition('ping')).toMatchObject({ active: true })
    // Nothing gets a price unless someone sets one.
    const priceless = eventRegistry.updateEventDefinition('priceless', { category: 'ai_visual' })
    await expect(priceless).rejects.toMatchObject({ code: 'invalid_request' })
    const elsewhere = familiarNames(tollgate).eventRegistry
    await expect(elsewhere.updateEventDefinition('nowhere', made)).rejects.toMatchObject({
      faults: [{ field: 'key', message: expect.stringContaining('catalog/nowhere') }],
    })
  })

  it('the same names work over HTTP, with a service key', async () => {
    const id = await newOrganization('remote', 'rag-chatbot/trial')
    const handler = createHandler(tollgate, { now: subject.clock.now })
    const { key } = await tollgate.serviceKeys.create({
      name: 'backend',
      scopes: ['gate.use', 'usage.record', 'usage.read', 'audit.read', 'audit.write'],
    })
    const client = createClient({
      url: 'http://tollgate.test',
      key,
      fetch: (input, init) => handler(new Request(input, init)),
    })
    const { AuditLogger, enforceQuota, trackUsage, withUsageTracking } = familiarNames(client)
    await withUsageTracking(request, id, {
      eventType: 'chat_message',
      eventData: { quantities: { tokens: 400 } },
    })
    await trackUsage(id, 'api_call').recordSuccess({ response_time_ms: 3 })
    await trackUsage({
      organizationId: id,
      eventType: 'embedding',
      eventData: { inputTokens: 100 },
    })
    expect(await enforceQuota(id, 'tokens', 9_500)).toMatchObject({
      allowed: true,
      remaining: 9_500,
    })
    expect(await enforceQuota(id, 'tokens', 9_501)).toMatchObject({ allowed: false })
    const { actor } = await new AuditLogger({ actor: 'user:bo' }).log({
      tenantId: id,
      eventType: 'chat.exported',
      category: 'chat',
    })
    expect(actor).toBe('user:bo')
    expect(await events(id)).toHaveLength(3)
    expect((await tollgate.admin.aggregate()).differences).toEqual([])
  })
})
