import { describe, expect, it } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import { currentBudget } from '../../src/facade/current-budget.ts'
import { openDoor } from './door.ts'

describe('budgets over HTTP', () => {
  const door = openDoor()
  const start = async () => {
    const { id, key } = await door().organization('rag-chatbot/enterprise')
    const path = `/api/organizations/${id}/budgets`
    const body = { id: 'run_1', ceiling: { tokens: 100 }, finalShare: 0 }
    const opened = await door().send('POST', path, { key, body })
    return { id, key, path, body, opened }
  }
  const track = (key: string, body: object, headers: Record<string, string> = {}) =>
    door().send('POST', '/api/usage/track', { key, body, headers })
  const call = (tokens: number) => ({ eventType: 'chat_message', quantities: { tokens } })

  it('are opened once per id, read, and closed once', async () => {
    const { key, path, body, opened } = await start()
    expect(opened).toMatchObject({ status: 201, body: { id: 'run_1', state: 'open', steps: 0 } })
    const again = await door().send('POST', path, { key, body })
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect((await door().send('GET', path, { key })).body).toMatchObject({
      items: [{ id: 'run_1' }],
      nextCursor: null,
    })
    const closed = await door().send('POST', `${path}/run_1/close`, { key })
    expect(closed).toMatchObject({ status: 200, body: { state: 'closed', endedBy: 'closed' } })
    const read = await door().send('GET', `${path}/run_1`, { key })
    expect(read.body).toEqual(closed.body)
    expect((await door().send('GET', `${path}/run_2`, { key })).status).toBe(404)
  })

  it('are named by a field or a header, which must agree', async () => {
    const { key } = await start()
    const header = { 'tollgate-budget': 'run_1' }
    expect((await track(key, call(60), header)).body).toMatchObject({
      allowed: true,
      budget: { remaining: { tokens: 40 } },
    })
    expect((await track(key, { ...call(60), budget: 'run_1' }, header)).body).toMatchObject({
      allowed: false,
      reason: 'budget_exceeded',
    })
    const other = await track(key, { ...call(1), budget: 'run_2' }, header)
    expect(other).toMatchObject({ status: 400, body: { errors: [{ field: 'budget' }] } })
    const odd = await track(key, call(1), { 'tollgate-budget': 'no id' })
    expect(odd).toMatchObject({ status: 400, body: { errors: [{ field: 'budget' }] } })
  })

  it('can be ended only by a key of their own organization', async () => {
    const { path } = await start()
    const { key } = await door().organization('rag-chatbot/enterprise')
    expect((await door().send('POST', `${path}/run_1/close`, { key })).status).toBe(404)
  })

  it('are runs for the client as well', async () => {
    const { id, key } = await door().organization('rag-chatbot/enterprise')
    const client = createClient({
      url: 'http://tollgate.test',
      key,
      organizationId: id,
      fetch: async (input, init) => door().handler(new Request(input, init)),
    })
    const run = await client.budgets.open({ ceiling: { tokens: 10 }, finalShare: 0 })
    expect(JSON.parse(JSON.stringify(run))).not.toHaveProperty('do')
    const found = await run.do(async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return currentBudget()
    })
    expect(found).toEqual({ id: run.id, organizationId: id })
    expect(await client.track({ ...call(11), budget: run.id })).toMatchObject({
      reason: 'budget_exceeded',
    })
    await client.budgets.close({ budgetId: run.id })
    const [listed] = (await client.budgets.list({ state: 'closed' })).items
    expect(listed).toMatchObject({ id: run.id, refusals: 1 })
  })
})
