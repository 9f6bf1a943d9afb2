import { beforeAll, describe, expect, it } from 'vitest'
import type { Call } from '../../src/contract/usage.ts'
import { SCOPES } from '../../src/core/rights.ts'
import { openDoor } from './door.ts'
import { JWT_OF_TESTS, userToken } from './user-token.ts'

const ORGANIZATIONS = ['crimson', 'azure'] as const
type Name = (typeof ORGANIZATIONS)[number]

const CALLERS = 16
const ROUNDS = 12

/** A caller's calls in a round, in everyone's order. */
type Act = 'track' | 'record' | 'reserve' | 'resend'

/**
 * The same ids in both organizations with different amounts, so that a sum identifies its owner.
 */
const eventOf = (name: Name, caller: number, round: number): Call & { id: string } => ({
  id: `event-${caller}-${round}`,
  eventType: 'chat_message',
  userId: 'ada',
  sessionId: `session-${round % 3}`,
  quantities: { tokens: name === 'crimson' ? 1 + caller : 1_000 + round },
})

const actOf = (caller: number, round: number): Act =>
  (['track', 'record', 'reserve', 'resend'] as const)[(caller + round) % 4] ?? 'track'

describe('two organizations with the same users, sessions and ids', () => {
  const door = openDoor({ jwt: JWT_OF_TESTS })
  const keys = new Map<Name, string>()
  const keyIds = new Map<Name, string>()
  const decisions = new Map<Name, string[]>(ORGANIZATIONS.map((name) => [name, []]))
  const reservations = new Map<Name, string[]>(ORGANIZATIONS.map((name) => [name, []]))
  /** The expected counts, summed independently here. */
  const counted = new Map<Name, Map<string, number>>(ORGANIZATIONS.map((name) => [name, new Map()]))

  const post = (name: Name, path: string, body: unknown) =>
    door().send('POST', `/api/usage${path}`, { key: keys.get(name), body })
  const get = (name: Name, path: string) => door().send('GET', path, { key: keys.get(name) })

  const count = (name: Name, { id, quantities }: ReturnType<typeof eventOf>) => {
    counted.get(name)?.set(id, Number(quantities?.tokens))
  }

  const act = async (name: Name, caller: number, round: number): Promise<void> => {
    const event = eventOf(name, caller, round)
    const does = actOf(caller, round)
    count(name, event)
    if (does === 'record') {
      const { body } = await post(name, '/events', event)
      expect(body).toEqual({ accepted: 1, duplicates: 0, rejected: [] })
      return
    }
    if (does === 'reserve') {
      const { quantities, ...rest } = event
      const { body } = await post(name, '/reservations', { ...rest, estimate: { tokens: 5 } })
      reservations.get(name)?.push(body.reservationId)
      decisions.get(name)?.push(body.decisionId)
      const settled = await post(name, `/reservations/${body.reservationId}/settle`, { quantities })
      expect([settled.status, settled.body.organizationId]).toEqual([200, name])
      return
    }
    const tracked = await post(name, '/track', event)
    expect(tracked.body.allowed).toBe(true)
    decisions.get(name)?.push(tracked.body.decisionId)
    if (does !== 'resend') return
    const again = await post(name, '/track', event)
    expect(again.headers.get('idempotency-replayed')).toBe('true')
  }

  beforeAll(async () => {
    const { tollgate } = door()
    for (const name of ORGANIZATIONS) {
      const plan = 'rag-chatbot/enterprise'
      await tollgate.organizations.create({ id: name, name: `The ${name} ones`, plan })
      const made = await tollgate.apiKeys.create({
        organizationId: name,
        name: `key of ${name}`,
        scopes: [...SCOPES],
      })
      keys.set(name, made.key)
      keyIds.set(name, made.id)
      await tollgate.members.add({
        organizationId: name,
        userId: 'ada',
        role: 'owner',
        name: `Ada of ${name}`,
      })
      await tollgate.members.add({ organizationId: name, userId: `${name}-owner`, role: 'owner' })
      const limit = { meter: 'embeddings', window: 'day', behavior: 'hard' } as const
      const max = name === 'crimson' ? 7 : 8
      await tollgate.limits.override({ organizationId: name, ...limit, max, reason: `for ${name}` })
    }
    await Promise.all(
      Array.from({ length: CALLERS }, async (_, caller) => {
        for (let round = 0; round < ROUNDS; round++) {
          // Each caller alternates, and half of them start at the other end.
          const names = (caller + round) % 2 === 0 ? ORGANIZATIONS : [...ORGANIZATIONS].reverse()
          for (const name of names) await act(name, caller, round)
        }
      }),
    )
  })

  const sumOf = (name: Name) =>
    [...(counted.get(name)?.values() ?? [])].reduce((sum, tokens) => sum + tokens, 0)

  it.each(ORGANIZATIONS)('%s has used exactly an independent count', async (name) => {
    const { body } = await get(name, '/api/usage/current')
    expect(body.organizationId).toBe(name)
    expect(body.month.events).toBe(CALLERS * ROUNDS)
    expect(body.month.meters.tokens).toBe(sumOf(name))
    expect(sumOf('crimson')).not.toBe(sumOf('azure'))
    const { differences } = await door().tollgate.admin.aggregate()
    expect(differences).toEqual([])
  })

  it.each(ORGANIZATIONS)(
    '%s sees its own objects in every list, and nothing else',
    async (name) => {
      const other = name === 'crimson' ? 'azure' : 'crimson'
      const owner = { key: userToken(`${name}-owner`) }
      const lists = ['', '/members', '/api-keys', '/limits', '/audit']
      for (const list of lists) {
        const { status, body } = await door().send(
          'GET',
          `/api/organizations/${name}${list}`,
          owner,
        )
        expect([list, status]).toEqual([list, 200])
        const text = JSON.stringify(body)
        expect(text, list).toContain(name)
        expect(text, list).not.toContain(other)
      }
      const { body } = await door().send('GET', `/api/organizations/${name}/limits`, owner)
      const embeddings = body.limits.find(
        ({ limit }: { limit: string }) => limit === 'embeddings/day',
      )
      expect(embeddings.max).toBe(name === 'crimson' ? 7 : 8)
    },
  )

  it.each(ORGANIZATIONS)("%s has none of the other's ids", async (name) => {
    const other = name === 'crimson' ? 'azure' : 'crimson'
    const refused = await post(other, '/track', {
      eventType: 'embedding',
      quantities: { embeddings: 9 },
    })
    expect(refused.body.allowed).toBe(false)
    const theirs = new Set([...(decisions.get(other) ?? []), refused.body.decisionId])
    for (const id of decisions.get(name) ?? []) {
      const { status, body } = await get(name, `/api/usage/decisions/${id}`)
      expect(status).toBe(200)
      // The event's id, which both have, explains its own organization's decision.
      const counts = [...(counted.get(name)?.values() ?? []), 5]
      expect(counts).toContain(body.asked.tokens)
      theirs.delete(id)
    }
    expect(theirs.size).toBeGreaterThan(0)
    for (const id of theirs) {
      expect((await get(name, `/api/usage/decisions/${id}`)).status).toBe(404)
    }
    for (const id of reservations.get(other) ?? []) {
      const { status } = await post(name, `/reservations/${id}/settle`, {})
      expect(status).toBe(404)
    }
    const owner = { key: userToken(`${name}-owner`) }
    const path = `/api/organizations/${name}/api-keys/${keyIds.get(other)}`
    expect((await door().send('DELETE', path, owner)).status).toBe(404)
    expect((await get(other, '/api/usage/current')).status).toBe(200)
  })

  it('reverse an event in one, and leave the same id in the other', async () => {
    const before = await get('azure', '/api/usage/current')
    const path = '/api/usage/events/event-0-0/reverse?organizationId=crimson'
    const reversed = await door().send('POST', path, { body: { reason: 'test' } })
    expect(reversed.status).toBe(200)
    const after = await get('azure', '/api/usage/current')
    expect(after.body.month).toEqual(before.body.month)
    const { body } = await get('crimson', '/api/usage/current')
    expect(body.month.meters.tokens).toBe(sumOf('crimson') - 1)
  })

  it('let a member of both choose one, and require the choice', async () => {
    const ada = { key: userToken('ada') }
    const unsaid = await door().send('GET', '/api/usage/current', ada)
    expect([unsaid.status, unsaid.body.errors[0].field]).toEqual([400, 'organizationId'])
    for (const name of ORGANIZATIONS) {
      const { body } = await door().send('GET', `/api/usage/current?tenantId=${name}`, ada)
      expect(body.organizationId).toBe(name)
    }
    const only = { key: userToken('crimson-owner') }
    const { body } = await door().send('GET', '/api/usage/current', only)
    expect(body.organizationId).toBe('crimson')
    const nowhere = await door().send('GET', '/api/usage/current', { key: userToken('eve') })
    expect(nowhere.status).toBe(403)
  })

  it('accept a batch for both from a member of both, and refuse the rest', async () => {
    const event = { eventType: 'chat_message', quantities: { tokens: 0 } }
    const names = ['crimson', 'green', 'azure', 'no such id', undefined]
    const events = names.map((organizationId) => ({ ...event, organizationId }))
    const ada = { key: userToken('ada'), body: { events } }
    const { status, body } = await door().send('POST', '/api/usage/events', ada)
    expect([status, body.accepted]).toEqual([200, 2])
    expect(
      body.rejected.map(({ index, field }: { index: number; field: string }) => [index, field]),
    ).toEqual([
      [1, 'organizationId'],
      [3, 'organizationId'],
      [4, 'organizationId'],
    ])
  })
})
