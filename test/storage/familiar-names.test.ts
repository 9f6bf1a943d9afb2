import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createFamiliarNames } from '../../src/storage/familiar-names.ts'
import { type OpenedSubject, openSubject } from '../behaviour/open-subject.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'

/** The database's clock, which the functions use. */
const now = new Date()
const today = now.toISOString().slice(0, 10)

describeOnEachDatabase('the SQL names of a hand-written tracker', (open) => {
  let subject: OpenedSubject
  let tollgate: TollgateEngine
  const rows = <Row = Record<string, unknown>>(text: string, values: readonly unknown[] = []) =>
    subject.db.query<Row>(text, values)
  const value = async (text: string, values: readonly unknown[] = []): Promise<unknown> =>
    Object.values((await rows(text, values))[0] ?? {})[0]

  beforeAll(async () => {
    subject = await openSubject(await open(), { at: now.toISOString() })
    tollgate = subject.tollgate
    await createFamiliarNames(subject.db, 'legacy')
    for (const id of ['acme', 'other']) {
      await tollgate.organizations.create({ id, name: id, plan: 'rag-chatbot/trial' })
    }
    const { id: apiKeyId } = await tollgate.apiKeys.create({ organizationId: 'acme', name: 'app' })
    const chat = {
      organizationId: 'acme',
      eventType: 'chat_message',
      provider: 'openai',
      model: 'gpt-4o',
      inputTokens: 900,
      outputTokens: 100,
      durationMs: 40,
      endpoint: '/chat',
    }
    await tollgate.track({ ...chat, id: 'first', userId: 'ada' }, { apiKeyId })
    await tollgate.track({ ...chat, id: 'second', status: 500 })
    await tollgate.record({ organizationId: 'acme', eventType: 'embedding', inputTokens: 50 })
    await tollgate.flush()
  })
  afterAll(() => tollgate?.close())

  it('tenant_usage_metrics has a row per tenant and day', async () => {
    expect(await rows('select * from legacy.tenant_usage_metrics')).toMatchObject([
      {
        tenant_id: 'acme',
        total_events: 3n,
        error_count: 1n,
        tokens_used: 2_050n,
        api_calls: 3n,
        chat_messages: 2n,
        embedding_operations: 1n,
        credits_consumed: '0',
        avg_response_time_ms: '40.000',
      },
    ])
    expect(await value('select metric_date::text from legacy.tenant_usage_metrics')).toBe(today)
    const { totals } = await tollgate.analytics.usage({ organizationId: 'acme' })
    expect(Number(totals.costUsd)).toBeGreaterThan(0)
    expect(await value('select cost_usd from legacy.tenant_usage_metrics')).toBe(totals.costUsd)
  })

  it('tenant_usage_realtime has a row per event', async () => {
    const events = await rows(
      `select id, tenant_id, user_id, event_type, tokens_used, status_code, success,
              response_time_ms, model
       from legacy.tenant_usage_realtime where event_type = 'chat_message' order by id`,
    )
    const chat = {
      tenant_id: 'acme',
      event_type: 'chat_message',
      tokens_used: 1_000n,
      response_time_ms: 40,
      model: 'gpt-4o',
    }
    expect(events).toEqual([
      { ...chat, id: 'first', user_id: 'ada', status_code: null, success: true },
      { ...chat, id: 'second', user_id: null, status_code: 500, success: false },
    ])
  })

  it('api_usage has the calls made with an API key', async () => {
    expect(await rows('select id, endpoint, organization_id from legacy.api_usage')).toEqual([
      { id: 'first', endpoint: '/chat', organization_id: 'acme' },
    ])
  })

  it('usage_daily has a row per event type', async () => {
    const daily = await rows(
      `select date::text, event_type, event_count, error_count, tokens_used
       from legacy.usage_daily where organization_id = 'acme' order by event_type`,
    )
    expect(daily).toEqual([
      ...[{ date: today, event_type: 'chat_message', event_count: 2n, error_count: 1n }].map(
        (row) => ({ ...row, tokens_used: 2_000n }),
      ),
      { date: today, event_type: 'embedding', event_count: 1n, error_count: 0n, tokens_used: 50n },
    ])
  })

  it('check_tenant_quota checks whether an amount of tokens fits, and uses none', async () => {
    const fits = (tokens: number) =>
      value('select legacy.check_tenant_quota($1, $2)', ['acme', tokens])
    expect([await fits(7_950), await fits(7_951), await fits(7_950)]).toEqual([true, false, true])
    expect(await value('select legacy.check_tenant_quota($1)', ['nobody'])).toBe(false)
  })

  it('increment_api_calls records calls, which limits and reports include', async () => {
    const ids = await rows('select legacy.increment_api_calls($1, 3)', ['other'])
    expect(ids).toHaveLength(3)
    const { limits } = await tollgate.usage.current({ organizationId: 'other' })
    expect(limits.find(({ limit }) => limit === 'tokens/day')).toMatchObject({ used: 0 })
    const { events } = await tollgate.usage.history({ organizationId: 'other' })
    expect(events.map(({ eventType }) => eventType)).toEqual(Array(3).fill('api_call'))
    expect((await tollgate.admin.aggregate()).differences).toEqual([])
  })

  it('increment_api_calls refuses an event without a price and an unknown organization', async () => {
    const increment = 'select legacy.increment_api_calls($1, $2, $3)'
    const refused = [
      { values: ['acme', 1, 'chat_message'], why: 'depends on its calls' },
      { values: ['nobody', 1, 'api_call'], why: 'there is no tenant nobody' },
      { values: ['acme', 0, 'api_call'], why: 'from 1 to 1000' },
      { values: ['acme', 1_001, 'api_call'], why: 'from 1 to 1000' },
    ]
    for (const { values, why } of refused) {
      await expect(rows(increment, values)).rejects.toThrow(why)
    }
  })

  it('aggregate_usage_metrics and aggregate_daily_usage find manipulated figures', async () => {
    const wrong = async () => [
      await value('select legacy.aggregate_usage_metrics()'),
      await value('select legacy.aggregate_daily_usage($1::date)', [today]),
    ]
    expect(await wrong()).toEqual([0n, 0n])
    await rows(
      `update tollgate.rollups set events = events + 1
       where organization_id = 'acme' and dimension = 'total'`,
    )
    expect((await wrong()).map((count) => Number(count) > 0)).toEqual([true, true])
    await rows(
      `update tollgate.rollups set events = events - 1
       where organization_id = 'acme' and dimension = 'total'`,
    )
  })

  it('audit_events has the log, and resolve_audit_event resolves an entry', async () => {
    const [entry] = await rows<{ id: string }>(
      `select id from legacy.audit_events where tenant_id = 'acme' and event_type = $1`,
      ['key.created'],
    )
    const resolve = () =>
      value('select legacy.resolve_audit_event($1, $2)', [entry?.id, 'seen "by" Ada\n– ☂'])
    expect([await resolve(), await resolve()]).toEqual([true, false])
    expect(
      await rows('select resolved, resolution from legacy.audit_events where id = $1', [entry?.id]),
    ).toEqual([{ resolved: true, resolution: 'seen "by" Ada\n– ☂' }])
    const resolved = await tollgate.audit.list({ organizationId: 'acme', resolved: true })
    expect(resolved.items.map(({ id }) => id)).toEqual([entry?.id])
    expect((await tollgate.admin.audit.verify()).faults).toEqual([])
    await expect(
      rows('select legacy.resolve_audit_event($1, $2)', ['acme:999', 'x']),
    ).rejects.toThrow('there is no audit event acme:999')
  })

  it('the clean-up functions delete entries older than given, and keep the chain intact', async () => {
    expect(await value('select legacy.cleanup_old_audit_events()')).toBe(0n)
    const cleanUp = 'select legacy.cleanup_old_realtime_events()'
    expect(await value(cleanUp)).toBeTypeOf('number')
    expect(await value(cleanUp)).toBe(0)
    expect(await value('select count(*) from legacy.tenant_usage_realtime')).toBe(6n)
    expect((await tollgate.admin.audit.verify()).faults).toEqual([])
  })

  it('the names can be recreated, and only in their own schema', async () => {
    await createFamiliarNames(subject.db, 'legacy')
    for (const schema of ['tollgate', 'pg_temp', 'information_schema', 'a"; drop', 'Legacy', '']) {
      await expect(createFamiliarNames(subject.db, schema)).rejects.toThrow('is no name')
    }
  })

  it('a schema with another object under one of the names stays unchanged', async () => {
    await subject.db.script('create schema own; create table own.usage_daily (a int)')
    await expect(createFamiliarNames(subject.db, 'own')).rejects.toThrow('usage_daily')
    expect(await value(`select count(*) from pg_views where schemaname = 'own'`)).toBe(0n)
    await subject.db.script('drop schema own cascade')
  })
})
