import { beforeAll, describe, expect, it } from 'vitest'
import { openDoor } from './door.ts'
import { JWT_OF_TESTS, userToken } from './user-token.ts'

const CRON_SECRET = 'the-cron-secret-of-the-tests'

describe('insight over HTTP', () => {
  const door = openDoor({ jwt: JWT_OF_TESTS, cronSecret: CRON_SECRET })
  const record = (organizationId: string, timestamp: string, id: string) =>
    door().tollgate.record([
      { organizationId, eventType: 'chat_message', id, timestamp, quantities: { tokens: 100 } },
    ])

  beforeAll(async () => {
    const { tollgate } = door()
    const startsAt = '2026-02-10T12:00:00Z'
    const acme = { id: 'acme', name: 'Acme', plan: 'rag-chatbot/pro', startsAt }
    await tollgate.organizations.create(acme)
    for (const role of ['owner', 'admin', 'viewer'] as const) {
      await tollgate.members.add({ organizationId: 'acme', userId: role, role })
    }
    await record('acme', '2026-03-10T09:00:00Z', 'first')
  })

  it('sends a dashboard once, and 304 until something changes', async () => {
    const path = '/api/organizations/acme/usage/dashboard?timezone=Europe/Berlin'
    const first = await door().send('GET', path, { key: userToken('viewer') })
    expect(first.status).toBe(200)
    expect(first.body).toMatchObject({ timezone: 'Europe/Berlin', windowsIn: 'UTC' })
    const etag = first.headers.get('etag') ?? ''
    await door().clock.advance(60_000)
    const known = { headers: { 'if-none-match': etag } }
    const second = await door().send('GET', path, known)
    expect([second.status, second.body]).toEqual([304, ''])
    await record('acme', '2026-03-10T09:30:00Z', 'second')
    const third = await door().send('GET', path, known)
    expect(third.status).toBe(200)
    expect(third.body.dashboard.events.total).toBe(2)
  })

  it.each([
    ['timezone', '/api/organizations/acme/usage/dashboard?timezone=Mars/Olympus'],
    ['colour', '/api/organizations/acme/usage/dashboard?colour=red'],
    ['plan', '/api/organizations/acme/usage/another-plan'],
    ['period', '/api/admin/usage?period=decade'],
    ['metrics[1]', '/api/admin/usage?metrics=events,colours'],
    ['startDate', '/api/admin/usage?startDate=2026-02-30'],
    ['endDate', '/api/admin/usage?startDate=2026-03-02&endDate=2026-03-01'],
    ['endDate', '/api/admin/usage?startDate=2024-01-01&endDate=2026-03-01'],
    ['tenantId', '/api/admin/usage?tenantId=acme&organizationId=other'],
    ['sort', '/api/admin/analytics/users?sort=colour'],
    ['limit', '/api/admin/analytics/users?limit=1000000000'],
    ['page', '/api/admin/analytics/users?page=0'],
    ['organizationId', '/api/admin/analytics/margin'],
  ])('refuses by the field %s: %s', async (field, path) => {
    const { status, body } = await door().send('GET', path)
    expect([status, body.errors?.[0]?.field]).toEqual([400, field])
  })

  it('accepts `tenant` for an organization', async () => {
    const byTenant = await door().send('GET', '/api/admin/usage?tenantId=acme&metrics=events,cost')
    expect(byTenant.body).toMatchObject({ organizationId: 'acme' })
    const { totals } = byTenant.body
    expect(Object.keys(totals).sort()).toEqual(['costUsd', 'events'])
    const unknown = await door().send('GET', '/api/admin/usage?organizationId=nobody')
    expect(unknown.status).toBe(404)
  })

  it('lets owners and admins manage limits, and only owners choose a plan', async () => {
    const path = '/api/organizations/acme/usage/management'
    const patch = (userId: string, body: unknown) =>
      door().send('PATCH', path, { key: userToken(userId), body })
    expect((await patch('viewer', { warnPercent: 50 })).status).toBe(403)
    const changed = await patch('admin', { warnPercent: 50, timezone: 'Asia/Tokyo' })
    expect(changed.body).toMatchObject({ alerts: { warnPercent: 50 }, timezone: 'Asia/Tokyo' })
    const raised = await patch('admin', {
      warnPercent: 70,
      limits: [{ meter: 'tokens', window: 'day', max: 9e6, behavior: 'hard', reason: 'more' }],
    })
    expect([raised.status, raised.body.errors[0].field]).toEqual([403, 'limits[0].max'])
    const plan = await patch('admin', { warnPercent: 70, plan: 'rag-chatbot/starter' })
    expect([plan.status, plan.body.errors[0].field]).toEqual([403, 'plan'])
    const seen = await door().send('GET', path, { key: userToken('viewer') })
    expect(seen.body.alerts).toEqual({ warnPercent: 50 })
    const less = await patch('owner', { plan: 'rag-chatbot/starter' })
    expect([less.status, less.body.errors[0].field]).toEqual([422, 'plan'])
    await door().tollgate.organizations.update({
      organizationId: 'acme',
      plan: 'rag-chatbot/trial',
    })
    const chosen = await patch('owner', { plan: 'rag-chatbot/starter' })
    expect(chosen.body.plan.key).toBe('rag-chatbot/starter')
    const log = await door().tollgate.audit.list({
      organizationId: 'acme',
      category: 'organization',
    })
    expect(log.items.map((entry) => entry.new)).toEqual(
      expect.arrayContaining([{ timezone: 'Asia/Tokyo' }, { plan: 'rag-chatbot/starter' }]),
    )
  })

  it('recomputes roll-ups for the scheduler, and only checks them with repair=false', async () => {
    const { tollgate } = door()
    const secret = { key: null, headers: { 'x-cron-secret': CRON_SECRET } }
    const run = (query = '') => door().send('POST', `/api/admin/metrics/aggregate${query}`, secret)
    expect((await run()).body).toMatchObject({ repaired: true, differencesInAll: 0 })
    expect((await run('?repair=false')).body).toMatchObject({ repaired: false, differences: [] })
    const wrong = await run('?startDate=2026-03-02&endDate=2026-03-01')
    expect([wrong.status, wrong.body.errors[0].field]).toEqual([400, 'endDate'])
    const member = await door().send('POST', '/api/admin/metrics/aggregate', {
      key: userToken('owner'),
    })
    expect(member.status).toBe(403)
    expect(
      (await tollgate.usage.dashboard({ organizationId: 'acme' })).dashboard.events.total,
    ).toBe(2)
  })

  it('shows a private plan to the administrator only', async () => {
    const { tollgate } = door()
    const hidden = { ...(await tollgate.planRegistry.getPlan('rag-chatbot/pro')), key: 'hidden' }
    await tollgate.planRegistry.createPlan('rag-chatbot', { ...hidden, public: false })
    const path = '/api/organizations/acme/usage/another-plan?plan=rag-chatbot/hidden'
    expect((await door().send('GET', path)).body.other.plan).toBe('rag-chatbot/hidden')
    const asked = await door().send('GET', path, { key: userToken('owner') })
    expect([asked.status, asked.body.errors[0].field]).toEqual([422, 'plan'])
    const { key } = await tollgate.apiKeys.create({ organizationId: 'acme', name: 'reads' })
    expect((await door().send('GET', path, { key })).status).toBe(422)
    const advice = await door().send('GET', '/api/organizations/acme/usage/recommendation', { key })
    const plans = advice.body.plans.map(({ plan }: { plan: string }) => plan)
    expect(plans).not.toContain('rag-chatbot/hidden')
  })
})
