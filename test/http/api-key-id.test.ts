import { describe, expect, it } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import { ADMIN_KEY, openDoor } from './door.ts'

const event = { eventType: 'structuring_diagnose' }
const HEADER = 'tollgate-api-key-id'

describe("a customer's API key, named by the platform", () => {
  const door = openDoor()
  /** An organization with two keys; each may be used twice a minute. */
  const customer = async () => {
    const { tollgate } = door()
    const { id: organizationId, key } = await door().organization()
    const limit = {
      meter: 'ai_calls',
      window: 'minute',
      per: 'api_key',
      max: 2,
      behavior: 'hard',
    } as const
    await tollgate.limits.override({
      organizationId,
      ...limit,
      anonymous: 'allow',
      reason: 'agreed',
    })
    const make = (name: string) => tollgate.apiKeys.create({ organizationId, name })
    return {
      organizationId,
      key,
      first: (await make('first')).id,
      second: (await make('second')).id,
    }
  }
  const serviceKey = async () => {
    const scopes = ['gate.use', 'usage.record'] as const
    return (await door().tollgate.serviceKeys.create({ name: 'backend', scopes: [...scopes] })).key
  }
  const clientWith = (key: string, organizationId: string) =>
    createClient({
      url: 'http://tollgate.test',
      key,
      organizationId,
      clock: door().clock,
      fetch: (input, init) => door().handler(new Request(input, init)),
    })
  const keysOf = async (organizationId: string) => {
    const { events } = await door().tollgate.usage.history({ organizationId })
    return events.map(({ apiKeyId }) => apiKeyId)
  }

  it('has its own share of a limit per key, in track and reserve', async () => {
    const { organizationId, first, second } = await customer()
    const client = clientWith(await serviceKey(), organizationId)
    const track = (apiKeyId: string) => client.track(event, { apiKeyId })
    expect((await track(first)).allowed).toBe(true)
    const hold = await client.reserve(event, { apiKeyId: first })
    if (hold.allowed) await hold.settle()
    expect([hold.allowed, (await track(first)).allowed]).toEqual([true, false])
    expect((await client.check(event, { apiKeyId: first })).allowed).toBe(false)
    expect((await track(second)).allowed).toBe(true)
  })

  it('appears in the history of recorded use, single or queued', async () => {
    const { organizationId, first, second } = await customer()
    const client = clientWith(await serviceKey(), organizationId)
    await client.record(event, { apiKeyId: first })
    for (const apiKeyId of [first, second, undefined]) await client.enqueue(event, { apiKeyId })
    await client.close()
    const keys = await keysOf(organizationId)
    expect(keys.sort()).toEqual([first, first, second, null].sort())
  })

  it("must be the caller's own for an organization’s key", async () => {
    const { organizationId, key, first } = await customer()
    const send = (named: string) =>
      door().send('POST', '/api/usage/track', { key, body: event, headers: { [HEADER]: named } })
    const refused = await send(first)
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden'])
    expect(refused.body.detail).toContain(HEADER)
    await door().send('POST', '/api/usage/track', { key, body: event })
    const [own] = await keysOf(organizationId)
    expect((await send(own ?? '')).status).toBe(200)
  })

  it("is refused by name if it is no key's id", async () => {
    const { organizationId } = await customer()
    const body = { ...event, organizationId }
    const headers = { [HEADER]: 'ada' }
    const answer = await door().send('POST', '/api/usage/track', { key: ADMIN_KEY, body, headers })
    expect([answer.status, answer.body.errors]).toEqual([
      400,
      [{ field: HEADER, message: 'must be the id of an API key, a UUID' }],
    ])
    const inProcess = door().tollgate.track(body, { apiKeyId: 'ada' })
    await expect(inProcess).rejects.toMatchObject({ code: 'invalid_request' })
  })
})
