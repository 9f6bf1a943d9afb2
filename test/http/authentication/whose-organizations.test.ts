import { describe, expect, it } from 'vitest'
import { ROLES, roleHas } from '../../../src/core/rights.ts'
import { ACCESS_TABLE } from '../access-table.ts'
import { openDoor } from '../door.ts'
import { JWT_OF_TESTS, userToken } from '../user-token.ts'

describe("a caller's own organizations", () => {
  const door = openDoor({ jwt: JWT_OF_TESTS, adminUserIds: ['root'] })
  const told = async (key: string) => (await door().send('GET', '/api/session', { key })).body

  it("are a user's memberships by id, with the rights of their role", async () => {
    const ids: string[] = []
    for (const role of ROLES) {
      const { id } = await door().organization()
      ids.push(id)
      await door().tollgate.members.add({ organizationId: id, userId: 'mia', role })
    }
    await door().organization()
    const { organizations, ...who } = await told(userToken('mia'))
    expect(who).toMatchObject({ kind: 'user', userId: 'mia' })
    expect(organizations.map((one: { organizationId: string }) => one.organizationId)).toEqual(
      [...ids].sort(),
    )
    for (const { organizationId, name, role, rights } of organizations) {
      expect(role).toBe(ROLES[ids.indexOf(organizationId)])
      expect(name).toBe((await door().tollgate.organizations.get({ organizationId })).name)
      // By the hand-written table, independent of the one behind the answer.
      const asked = Object.values(ACCESS_TABLE).filter((one) => one.includes('.'))
      for (const right of new Set(asked)) {
        expect(rights.includes(right), `${role} ${right}`).toBe(roleHas(role, right as never))
      }
    }
    const billing = organizations.find((one: { role: string }) => one.role === 'billing')
    expect(billing.rights).toContain('invoices.read')
    expect(billing.rights).not.toContain('limits.manage')
  })

  it('end with a membership, and may be none', async () => {
    const { id } = await door().organization()
    await door().tollgate.members.add({ organizationId: id, userId: 'ola', role: 'viewer' })
    expect((await told(userToken('ola'))).organizations).toHaveLength(1)
    await door().tollgate.members.remove({ organizationId: id, userId: 'ola' })
    expect((await told(userToken('ola'))).organizations).toEqual([])
  })

  it('appear in a session as well, at sign-in and later', async () => {
    const { id } = await door().organization()
    await door().tollgate.members.add({ organizationId: id, userId: 'ida', role: 'admin' })
    const body = { credential: userToken('ida') }
    const opened = await door().send('POST', '/api/session', { key: null, body })
    const cookie = opened.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
    const later = await door().send('GET', '/api/session', { key: null, headers: { cookie } })
    expect(opened.body.organizations).toMatchObject([{ organizationId: id, role: 'admin' }])
    expect(later.body).toEqual(opened.body)
  })

  it("are a key's or read token's own, with its rights", async () => {
    const { id, key } = await door().organization()
    const { scopes, organizations } = await told(key)
    expect(organizations).toMatchObject([{ organizationId: id, role: null, rights: scopes }])
    const path = `/api/organizations/${id}/read-tokens`
    const { token } = (await door().send('POST', path, { body: {} })).body
    const [reader] = (await told(token)).organizations
    expect(reader).toMatchObject({ organizationId: id, role: null })
    expect([...reader.rights].sort()).toEqual(['limits.read', 'organization.read', 'usage.read'])
  })

  it('are not listed for a caller who acts for all of them', async () => {
    expect(await told(userToken('root'))).not.toHaveProperty('organizations')
  })
})
