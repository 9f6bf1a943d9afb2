import { describe, expect, it } from 'vitest'
import { openDoor } from './door.ts'
import { JWT_OF_TESTS, userToken } from './user-token.ts'

const event = { eventType: 'structuring_diagnose' }

describe('the right to record', () => {
  const door = openDoor({ jwt: JWT_OF_TESTS })
  const record = (key: string, body: unknown = event) =>
    door().send('POST', '/api/usage/events', { key, body })
  const eventsOf = async (organizationId: string) =>
    (await door().tollgate.usage.current({ organizationId })).month.events

  it("is not in a key's default scopes", async () => {
    const { id } = await door().organization()
    const usual = await door().tollgate.apiKeys.create({ organizationId: id, name: 'usual' })
    for (const body of [event, { events: [event] }]) {
      const answer = await record(usual.key, body)
      expect([answer.status, answer.body.code]).toEqual([403, 'forbidden'])
      expect(answer.body.detail).toBe(
        'This key does not have the scope usage.record: make one that has it in its `scopes`.',
      )
    }
    expect(await eventsOf(id)).toBe(0)
    const tracked = await door().send('POST', '/api/usage/track', { key: usual.key, body: event })
    expect(tracked.body.allowed).toBe(true)
  })

  it('is its own scope, and needs no other', async () => {
    const { id } = await door().organization()
    const scopes = ['usage.record' as const]
    const made = await door().tollgate.apiKeys.create({ organizationId: id, name: 'x', scopes })
    expect((await record(made.key)).body).toMatchObject({ accepted: 1 })
    const tracked = await door().send('POST', '/api/usage/track', { key: made.key, body: event })
    expect(tracked.status).toBe(403)
  })

  it('is refused to members, viewers and billing, in every format', async () => {
    const { id } = await door().organization()
    for (const role of ['member', 'viewer', 'billing'] as const) {
      await door().tollgate.members.add({ organizationId: id, userId: role, role })
      const cloudEvent = { specversion: '1.0', id: '1', source: 's', type: event.eventType }
      const headers = { 'content-type': 'application/cloudevents+json' }
      expect((await record(userToken(role))).status).toBe(403)
      expect((await record(userToken(role), { events: [event] })).body).toEqual({
        accepted: 0,
        duplicates: 0,
        rejected: [
          {
            index: 0,
            code: 'invalid_request',
            field: 'organizationId',
            message: `The role ${role} does not have the right usage.record.`,
          },
        ],
      })
      const sent = { key: userToken(role), headers, body: { ...cloudEvent, subject: id } }
      expect((await door().send('POST', '/api/usage/events', sent)).status).toBe(403)
    }
    expect(await eventsOf(id)).toBe(0)
  })
})
