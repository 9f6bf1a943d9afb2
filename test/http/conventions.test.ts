import { describe, expect, it } from 'vitest'
import { openDoor } from './door.ts'

describe('the HTTP conventions', () => {
  const door = openDoor({ cronSecret: 'the-cron-secret-of-the-tests' })
  const aggregate = (body?: unknown) =>
    door().send('POST', '/api/admin/metrics/aggregate', {
      key: null,
      headers: { 'x-cron-secret': 'the-cron-secret-of-the-tests' },
      ...(body === undefined ? {} : { body }),
    })

  it('refuse an unexpected body by name, and allow an empty one', async () => {
    for (const body of [{ from: '2026-01-01T00:00:00Z' }, [], 'dates', '{"a":']) {
      const { status, body: problem } = await aggregate(body)
      expect([status, problem.errors[0].field]).toEqual([400, 'body'])
      expect(problem.errors[0].message).toMatch(/nothing is read from it; the query takes /)
    }
    for (const body of [undefined, {}, '', 'null']) expect((await aggregate(body)).status).toBe(200)
    const { key } = await door().organization()
    const refused = await door().send('DELETE', '/api/organizations/nobody', { body: { a: 1 } })
    expect(refused.status).not.toBe(200)
    expect((await door().send('GET', '/api/usage/current', { key })).status).toBe(200)
  })

  it('create one version for the same catalog sent twice', async () => {
    const document = {
      key: 'twice',
      name: 'Twice',
      meters: [],
      eventTypes: [],
      plans: [{ key: 'open', name: 'Open', monthlyPriceUsd: 0, limits: [] }],
    }
    const first = await door().tollgate.catalog.apply({ document: document as never })
    const again = await door().tollgate.catalog.apply({ document: document as never })
    expect([first.version, again.version]).toEqual([1, 1])
    const changed = { ...document, name: 'Once more' }
    expect((await door().tollgate.catalog.apply({ document: changed as never })).version).toBe(2)
    const { versions } = await door().tollgate.catalog.versions({ catalog: 'twice' })
    expect(versions).toHaveLength(2)
  })

  it('begin a file with a byte order mark on request', async () => {
    const { id, key } = await door().organization()
    const path = `/api/organizations/${id}/usage/history?format=csv`
    const bytes = async (query: string) => {
      const url = `http://tollgate.test${path}${query}`
      const request = new Request(url, { headers: { authorization: `Bearer ${key}` } })
      return new Uint8Array(await (await door().handler(request)).arrayBuffer())
    }
    expect([...(await bytes('&bom=true')).slice(0, 5)]).toEqual([0xef, 0xbb, 0xbf, 0x69, 0x64])
    expect([...(await bytes('')).slice(0, 2)]).toEqual([0x69, 0x64])
    const wrong = await door().send('GET', `${path}&bom=yes`, { key })
    expect([wrong.status, wrong.body.errors[0].field]).toEqual([400, 'bom'])
  })

  it('number credit movements per organization', async () => {
    const ids = async () => {
      const { id: organizationId } = await door().organization('ai-workspace/free')
      await door().tollgate.grants.create({ organizationId, credits: 5, reason: 'a' })
      await door().tollgate.grants.create({ organizationId, credits: 6, reason: 'b' })
      const { items } = await door().tollgate.grants.movements({ organizationId })
      return items.map(({ id }) => id)
    }
    const first = await ids()
    expect(first.at(-1)).toBe('1')
    expect(await ids()).toEqual(first)
  })

  it("accept meters and the words daily and monthly in the platform's usage", async () => {
    const { id, key } = await door().organization('rag-chatbot/pro')
    const record = (eventType: string, quantities: object) =>
      door().send('POST', '/api/usage/events', {
        body: { organizationId: id, eventType, quantities },
      })
    await record('api_call', {})
    await record('chat_message', { tokens: 70 })
    await record('embedding', { tokens: 5 })
    const ask = (query: string) => door().send('GET', `/api/admin/usage?period=daily&${query}`)
    const { body } = await ask(`tenantId=${id}&metrics=api_calls,embeddings,events`)
    expect(body).toMatchObject({
      period: 'day',
      totals: { events: 3, meters: { api_calls: 3, embeddings: 1 } },
    })
    expect(body.series.at(-1)).toMatchObject({ meters: { api_calls: 3, embeddings: 1 }, events: 3 })
    const months = await door().send('GET', `/api/admin/usage?period=monthly&tenantId=${id}`)
    expect(months.body).toMatchObject({ period: 'month', totals: { events: 3 } })
    const all = await ask('metrics=tokens,api_calls')
    expect(all.body.totals.meters.api_calls).toBeGreaterThanOrEqual(3)
    const top = all.body.topConsumers.find((one: { id: string }) => one.id === id)
    expect(top.meters).toEqual({ api_calls: 3 })
    const wrong = await ask('metrics=events,nope')
    expect([wrong.status, wrong.body.errors[0].field]).toEqual([400, 'metrics[1]'])
    expect((await door().send('GET', '/api/usage/current', { key })).status).toBe(200)
  })
})
