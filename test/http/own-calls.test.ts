import { describe, expect, it } from 'vitest'
import { TollgateError } from '../../src/contract/errors.ts'
import { held } from '../setup/held.ts'
import { openDoor } from './door.ts'
import { JWT_OF_TESTS, userToken } from './user-token.ts'

const event = { eventType: 'chat_message', quantities: { tokens: 1 } }
const NOT_ONES_OWN = [
  { field: 'userId', message: 'is somebody else: this credential acts for its own user only' },
]

describe("a user's calls", () => {
  const door = openDoor({ jwt: JWT_OF_TESTS })
  const founded = async () => {
    const { id, key } = await door().organization('rag-chatbot/pro')
    for (const [userId, role] of [
      ['vera', 'viewer'],
      ['olga', 'owner'],
    ] as const) {
      await door().tollgate.members.add({ organizationId: id, userId, role })
    }
    return { id, key, vera: userToken('vera'), olga: userToken('olga') }
  }
  const usersOf = async (organizationId: string) =>
    (await door().tollgate.usage.history({ organizationId })).events.map(({ userId }) => userId)

  it.each([{}, { userId: null }, { userId: 'vera' }])('are their own with %j', async (named) => {
    const { id, vera } = await founded()
    const body = { ...event, organizationId: id, ...named }
    const tracked = await door().send('POST', '/api/usage/track', { key: vera, body })
    expect([tracked.status, tracked.body.allowed]).toEqual([200, true])
    const reserved = await door().send('POST', '/api/usage/reservations', { key: vera, body })
    const path = `/api/usage/reservations/${reserved.body.reservationId}`
    const query = `?organizationId=${id}`
    const extended = await door().send('POST', `${path}/extend${query}`, { key: vera, body: {} })
    expect(extended.status).toBe(200)
    const settled = await door().send('POST', `${path}/settle${query}`, { key: vera, body: {} })
    expect(settled.status).toBe(200)
    expect((await door().send('POST', '/api/usage/check', { key: vera, body })).status).toBe(200)
    expect(await usersOf(id)).toEqual(['vera', 'vera'])
  })

  it.each(['check', 'track', 'reservations'])(
    'that name another user are refused by /%s with the field, even for an owner',
    async (verb) => {
      const { id, vera, olga } = await founded()
      for (const [key, userId] of [
        [vera, 'olga'],
        [vera, 'invented'],
        [olga, 'vera'],
      ] as const) {
        const body = { ...event, organizationId: id, userId }
        const answer = await door().send('POST', `/api/usage/${verb}`, { key, body })
        expect([answer.status, answer.body.code]).toEqual([403, 'forbidden'])
        expect(answer.body.errors).toEqual(NOT_ONES_OWN)
      }
      expect(await usersOf(id)).toEqual([])
    },
  )

  it('are refused with an invalid id', async () => {
    const { id, vera } = await founded()
    const body = { ...event, organizationId: id, userId: 7 }
    const answer = await door().send('POST', '/api/usage/track', { key: vera, body })
    expect([answer.status, answer.body.errors[0].field]).toEqual([400, 'userId'])
  })

  it('that record are their own too, event by event, in every format', async () => {
    const { id, olga } = await founded()
    const mine = { ...event, organizationId: id }
    const theirs = { ...mine, userId: 'vera' }
    const single = await door().send('POST', '/api/usage/events', { key: olga, body: theirs })
    expect([single.status, single.body.errors]).toEqual([403, NOT_ONES_OWN])
    const body = { events: [mine, theirs, { ...mine, userId: 'olga' }] }
    const batch = await door().send('POST', '/api/usage/events', { key: olga, body })
    expect(batch.body).toMatchObject({ accepted: 2, rejected: [{ index: 1, field: 'userId' }] })
    const cloudEvent = {
      specversion: '1.0',
      source: 's',
      type: 'chat_message',
      subject: id,
      data: { quantities: { tokens: 1 } },
    }
    const headers = { 'content-type': 'application/cloudevents-batch+json' }
    const cloudEvents = [
      { ...cloudEvent, id: '1' },
      { ...cloudEvent, id: '2', data: { ...cloudEvent.data, userId: 'vera' } },
    ]
    const sent = { key: olga, headers, body: cloudEvents }
    const answered = await door().send('POST', '/api/usage/events', sent)
    expect(answered.body).toMatchObject({
      accepted: 1,
      rejected: [{ index: 1, field: 'data.userId' }],
    })
    expect(await usersOf(id)).toEqual(['olga', 'olga', 'olga'])
  })

  it("never end or extend another user's hold, nor a hold without a user", async () => {
    const { id, key, vera } = await founded()
    for (const userId of ['olga', undefined]) {
      const hold = held(
        await door().tollgate.reserve({ ...event, organizationId: id, ...(userId && { userId }) }),
      )
      for (const verb of ['extend', 'settle', 'release']) {
        const path = `/api/usage/reservations/${hold.reservationId}/${verb}?organizationId=${id}`
        const body = verb === 'release' ? undefined : {}
        const answer = await door().send('POST', path, { key: vera, body })
        expect([verb, answer.status]).toEqual([verb, 403])
        expect(answer.body.errors[0].field).toBe('reservationId')
      }
      const path = `/api/usage/reservations/${hold.reservationId}/settle`
      expect((await door().send('POST', path, { key, body: {} })).body.state).toBe('settled')
    }
  })

  it('may belong to anyone for a key and the administrator, who act for others', async () => {
    const { id, key } = await founded()
    for (const credential of [key, undefined]) {
      for (const userId of ['vera', 'invented', undefined]) {
        const body = { ...event, organizationId: id, ...(userId && { userId }) }
        const sent = { ...(credential && { key: credential }), body }
        expect((await door().send('POST', '/api/usage/track', sent)).status).toBe(200)
      }
    }
    expect((await usersOf(id)).map(String).sort()).toEqual(
      ['invented', 'null', 'vera'].flatMap((one) => [one, one]),
    )
  })

  it('follow the same rule in process, for a user and for a member named by the host', async () => {
    const { id: organizationId } = await founded()
    const { tollgate } = door()
    const codeOf = (error: unknown) => (error instanceof TollgateError ? error.code : String(error))
    for (const caller of [
      { kind: 'user', userId: 'vera', actor: 'user:vera' } as const,
      { organizationId, role: 'viewer', actor: 'user:vera', userId: 'vera' } as const,
    ]) {
      const vera = tollgate.as(caller)
      await vera.track({ ...event, organizationId })
      const theirs = vera.track({ ...event, organizationId, userId: 'olga' })
      expect(await theirs.catch(codeOf)).toBe('forbidden')
    }
    expect(await usersOf(organizationId)).toEqual(['vera', 'vera'])
    const member = { organizationId, role: 'viewer', actor: 'x', userId: 7 } as never
    expect(() => tollgate.as(member)).toThrow(/userId: /)
  })
})
