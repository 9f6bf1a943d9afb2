import { describe, expect, it } from 'vitest'
import type { Role } from '../../src/core/rights.ts'
import { plumbingOf } from '../../src/engine/plumbing.ts'
import { openDoor } from './door.ts'
import { JWT_OF_TESTS, userToken } from './user-token.ts'

describe('members and their roles', () => {
  const door = openDoor({ jwt: JWT_OF_TESTS })
  let users = 0

  /** An organization with one member in each role, and functions to call as each. */
  const team = async (plan = 'rag-chatbot/pro') => {
    const { id, key } = await door().organization(plan)
    const at = `/api/organizations/${id}`
    const as = async (role: Role) => {
      users += 1
      const userId = `${role}-${users}`
      await door().tollgate.members.add({ organizationId: id, userId, role })
      const send = (method: string, path: string, body?: unknown) =>
        door().send(method, `${at}${path}`, { key: userToken(userId), body })
      return { userId, send }
    }
    return { id, key, as }
  }

  it('let an owner create an admin, who can create members but no owners', async () => {
    const { as } = await team()
    const owner = await as('owner')
    const made = await owner.send('POST', '/members', { userId: 'new', role: 'admin', name: 'N' })
    expect([made.status, made.body]).toMatchObject([201, { userId: 'new', role: 'admin' }])
    const admin = await as('admin')
    const body = { userId: 'newer', role: 'owner' }
    const refused = await admin.send('POST', '/members', body)
    expect([refused.status, refused.body.errors[0].field]).toEqual([403, 'role'])
    expect((await admin.send('POST', '/members', { ...body, role: 'viewer' })).status).toBe(201)
    const taken = await admin.send('POST', '/members', { ...body, role: 'viewer' })
    expect([taken.status, taken.body.errors[0].field]).toEqual([409, 'userId'])
    const path = `/members/${owner.userId}`
    const demoted = await admin.send('PATCH', path, { role: 'member' })
    expect([demoted.status, demoted.body.errors[0].field]).toEqual([403, 'userId'])
    expect((await admin.send('DELETE', path)).status).toBe(403)
    const last = await owner.send('DELETE', path)
    expect([last.status, last.body.errors[0].field]).toEqual([422, 'userId'])
    expect((await owner.send('DELETE', '/members/newer')).status).toBe(200)
    expect((await owner.send('DELETE', '/members/newer')).status).toBe(404)
    const list = await admin.send('GET', '/members?limit=2')
    expect(list.body.items).toHaveLength(2)
    expect(typeof list.body.nextCursor).toBe('string')
  })

  it('end with their removal', async () => {
    const { id, as } = await team()
    const [owner, admin] = [await as('owner'), await as('admin')]
    expect((await admin.send('GET', '')).status).toBe(200)
    await owner.send('PATCH', `/members/${admin.userId}`, { role: 'viewer' })
    expect((await admin.send('POST', '/members', { userId: 'x', role: 'viewer' })).status).toBe(403)
    await owner.send('DELETE', `/members/${admin.userId}`)
    expect((await admin.send('GET', '')).status).toBe(404)
    expect(await plumbingOf(door().tollgate).members.roleOf(id, admin.userId)).toBeUndefined()
  })

  it('let an admin tighten limits, and raise none', async () => {
    const { as, key } = await team()
    const [admin, member] = [await as('admin'), await as('member')]
    const limit = { meter: 'tokens', window: 'day', behavior: 'hard', reason: 'ours' }
    const raised = await admin.send('POST', '/limits', { ...limit, max: 500_001 })
    expect([raised.status, raised.body.errors[0].field]).toEqual([403, 'max'])
    expect((await member.send('POST', '/limits', { ...limit, max: 5 })).status).toBe(403)
    const made = await admin.send('POST', '/limits', { ...limit, max: 5 })
    expect(made.status).toBe(201)
    const event = { eventType: 'chat_message', quantities: { tokens: 6 } }
    const refused = await door().send('POST', '/api/usage/check', { key, body: event })
    expect(refused.body).toMatchObject({ allowed: false })
    const { body } = await member.send('GET', '/limits')
    expect(
      body.limits.find(({ limit: name }: { limit: string }) => name === 'tokens/day'),
    ).toMatchObject({
      max: 5,
      plan: { max: 500_000 },
      override: { id: made.body.id, setBy: 'organization' },
    })
    expect((await admin.send('DELETE', `/limits/${made.body.id}`)).status).toBe(200)
    expect((await door().send('POST', '/api/usage/check', { key, body: event })).body.allowed).toBe(
      true,
    )
  })

  it('let an admin create, rotate and revoke keys', async () => {
    const { as } = await team()
    const [admin, billing] = [await as('admin'), await as('billing')]
    const made = await admin.send('POST', '/api-keys', { name: 'ci', scopes: ['usage.read'] })
    expect([made.status, made.body.scopes]).toEqual([201, ['usage.read']])
    const current = async (key: string) =>
      (await door().send('GET', '/api/usage/current', { key })).status
    expect(await current(made.body.key)).toBe(200)
    const event = { eventType: 'chat_message', quantities: { tokens: 1 } }
    const use = await door().send('POST', '/api/usage/track', { key: made.body.key, body: event })
    expect(use.status).toBe(403)
    expect((await billing.send('GET', '/api-keys')).status).toBe(403)
    const path = `/api-keys/${made.body.id}`
    const rotated = await admin.send('POST', `${path}/rotate`, { overlapSeconds: 0 })
    expect([rotated.status, rotated.body.replaces]).toEqual([201, made.body.id])
    expect([await current(made.body.key), await current(rotated.body.key)]).toEqual([401, 200])
    const revoked = await admin.send('DELETE', `/api-keys/${rotated.body.id}`)
    expect(revoked.status).toBe(200)
    expect(revoked.body).not.toHaveProperty('key')
    expect(await current(rotated.body.key)).toBe(401)
    const { body } = await admin.send('GET', '/api-keys')
    expect(body.items).toHaveLength(3)
  })

  it('let an owner change the plan and close the organization, and an admin neither', async () => {
    const { as } = await team('rag-chatbot/trial')
    const [owner, admin] = [await as('owner'), await as('admin')]
    const plan = { plan: 'rag-chatbot/starter' }
    expect((await admin.send('PATCH', '', plan)).status).toBe(403)
    expect((await owner.send('PATCH', '', plan)).body).toMatchObject(plan)
    expect((await admin.send('DELETE', '')).status).toBe(403)
    // The current period is paid, and only the platform can end it.
    expect((await owner.send('DELETE', '')).status).toBe(422)
    const trial = await (await team('rag-chatbot/trial')).as('owner')
    expect((await trial.send('DELETE', '')).body).toMatchObject({ status: 'closed' })
    expect((await trial.send('GET', '')).body).toMatchObject({ status: 'closed' })
    const more = await trial.send('POST', '/api-keys', { name: 'x' })
    expect([more.status, more.body.code]).toEqual([422, 'unprocessable'])
  })

  it('appear in the audit log with each change', async () => {
    const { as } = await team()
    const owner = await as('owner')
    await owner.send('PATCH', '', { warnPercent: 70 })
    const { body } = await owner.send('GET', '/audit?action=organization.updated')
    expect(body.items).toMatchObject([
      { actor: `user:${owner.userId}`, old: { warnPercent: 80 }, new: { warnPercent: 70 } },
    ])
  })
})
