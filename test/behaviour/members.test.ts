import { expect, it } from 'vitest'
import type { MemberAddInput } from '../../src/contract/members.ts'
import type { Role } from '../../src/core/rights.ts'
import { plumbingOf } from '../../src/engine/plumbing.ts'
import { describeEngine } from './describe-engine.ts'
import { describeTollgate } from './describe-tollgate.ts'

describeTollgate('members', (subject) => {
  const team = async (...roles: Role[]) => {
    const { tollgate, organization } = subject()
    const id = await organization('rag-chatbot/pro')
    for (const [index, role] of roles.entries()) {
      await tollgate.members.add({ organizationId: id, userId: `user-${index}`, role })
    }
    return id
  }

  it('are added once, updated, listed and removed', async () => {
    const { tollgate, clock } = subject()
    const { members } = tollgate
    const id = await team()
    const ada = { userId: 'ada', role: 'owner', name: 'Ada L.' } as const
    const added = await members.add({ organizationId: id, ...ada })
    const createdAt = clock.now().toISOString()
    expect(added).toEqual({ ...ada, organizationId: id, createdAt })
    await expect(members.add({ organizationId: id, ...ada })).rejects.toMatchObject({
      code: 'already_exists',
      faults: [{ field: 'userId' }],
    })
    await members.add({ organizationId: id, userId: 'bob', role: 'viewer' })
    expect(
      await members.update({ organizationId: id, userId: 'bob', role: 'billing' }),
    ).toMatchObject({ role: 'billing' })
    expect(await members.update({ organizationId: id, userId: 'ada', name: null })).toMatchObject({
      role: 'owner',
      name: null,
    })
    const { items, nextCursor } = await members.list({ organizationId: id })
    expect(items.map(({ userId, role }) => [userId, role])).toEqual([
      ['ada', 'owner'],
      ['bob', 'billing'],
    ])
    expect(nextCursor).toBeNull()
    expect(await members.remove({ organizationId: id, userId: 'bob' })).toMatchObject({
      userId: 'bob',
    })
    expect((await members.list({ organizationId: id })).items).toHaveLength(1)
    const directory = plumbingOf(tollgate).members
    expect(await directory.roleOf(id, 'bob')).toBeUndefined()
    expect(await directory.roleOf(id, 'ada')).toBe('owner')
  })

  it('are listed by page, each once', async () => {
    const { members } = subject().tollgate
    const id = await team('owner', 'admin', 'member', 'viewer', 'billing')
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await members.list({ organizationId: id, limit: 2, ...(cursor && { cursor }) })
      expect(page.items.length).toBeLessThanOrEqual(2)
      seen.push(...page.items.map(({ userId }) => userId))
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
    expect(seen).toEqual(['user-0', 'user-1', 'user-2', 'user-3', 'user-4'])
  })

  it('always include an owner', async () => {
    const { members } = subject().tollgate
    const id = await team('owner', 'admin', 'owner')
    await members.update({ organizationId: id, userId: 'user-0', role: 'member' })
    const last = { code: 'unprocessable' }
    await expect(
      members.update({ organizationId: id, userId: 'user-2', role: 'admin' }),
    ).rejects.toMatchObject({
      ...last,
      faults: [{ field: 'role' }],
    })
    await expect(members.remove({ organizationId: id, userId: 'user-2' })).rejects.toMatchObject({
      ...last,
      faults: [{ field: 'userId' }],
    })
    expect(
      await members.update({ organizationId: id, userId: 'user-2', name: 'Last' }),
    ).toMatchObject({ role: 'owner' })
    await members.update({ organizationId: id, userId: 'user-1', role: 'owner' })
    await members.remove({ organizationId: id, userId: 'user-2' })
    expect((await members.list({ organizationId: id })).items.map(({ userId }) => userId)).toEqual([
      'user-0',
      'user-1',
    ])
  })

  it('keep one of two owners who remove each other together', async () => {
    const { members } = subject().tollgate
    const id = await team('owner', 'owner')
    const results = await Promise.allSettled([
      members.remove({ organizationId: id, userId: 'user-0' }),
      members.remove({ organizationId: id, userId: 'user-1' }),
    ])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((await members.list({ organizationId: id })).items).toHaveLength(1)
  })

  it.each([
    ['userId', { userId: '', role: 'member' }],
    ['userId', { userId: 'x'.repeat(256), role: 'member' }],
    ['userId', { userId: '..', role: 'member' }],
    ['userId', { userId: 'a\0b', role: 'member' }],
    ['role', { userId: 'eve', role: 'emperor' }],
    ['role', { userId: 'eve' }],
    ['admin', { userId: 'eve', role: 'member', admin: true }],
  ])('are refused with a wrong %s, which the error names: %j', async (field, wrong) => {
    const id = await team('owner')
    await expect(
      subject().tollgate.members.add({ organizationId: id, ...(wrong as MemberAddInput) }),
    ).rejects.toMatchObject({ code: 'invalid_request', faults: [{ field }] })
  })

  it('get a "not found" if unknown, whether or not the organization exists', async () => {
    const { members } = subject().tollgate
    const id = await team('owner')
    const none = { code: 'not_found' }
    await expect(
      members.update({ organizationId: id, userId: 'eve', role: 'member' }),
    ).rejects.toMatchObject(none)
    await expect(
      members.remove({ organizationId: 'nowhere', userId: 'user-0' }),
    ).rejects.toMatchObject(none)
    await expect(members.list({ organizationId: 'nowhere' })).rejects.toMatchObject(none)
    await expect(
      members.add({ organizationId: 'nowhere', userId: 'a', role: 'owner' }),
    ).rejects.toMatchObject(none)
    await expect(members.update({ organizationId: id, userId: 'user-0' })).rejects.toMatchObject({
      code: 'invalid_request',
    })
  })
})

describeEngine('a membership', { catalogs: ['rag-chatbot'] }, (subject) => {
  it('belongs to exactly the named organization and user, whatever characters they contain', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('pro')
    await tollgate.members.add({ organizationId: id, userId: 'b/c', role: 'owner' })
    expect(await plumbingOf(tollgate).members.roleOf(id, 'b/c')).toBe('owner')
    expect(await plumbingOf(tollgate).members.roleOf(`${id}/b`, 'c')).toBeUndefined()
    expect(await plumbingOf(tollgate).members.roleOf(id, '')).toBeUndefined()
    expect(await plumbingOf(tollgate).members.roleOf(id, 'a\0b')).toBeUndefined()
    expect(await plumbingOf(tollgate).members.organizationsOf('\ud800')).toEqual([])
  })

  it('is recorded in the audit log with its former values', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('pro')
    const by = { actor: 'user:ada', address: '203.0.113.9' }
    await tollgate.members.add({ organizationId: id, userId: 'ada', role: 'owner' }, by)
    await tollgate.members.add({ organizationId: id, userId: 'bob', role: 'member' }, by)
    await tollgate.members.update({ organizationId: id, userId: 'bob', role: 'admin' }, by)
    await tollgate.members.remove({ organizationId: id, userId: 'bob' }, by)
    const { items } = await tollgate.audit.list({ organizationId: id, category: 'members' })
    expect(items.map(({ action }) => action)).toEqual([
      ...['member.removed', 'member.updated', 'member.added', 'member.added'],
    ])
    expect(items[1]).toMatchObject({
      ...by,
      subject: 'user:bob',
      old: { role: 'member' },
      new: { role: 'admin' },
    })
  })

  it('gives an admin no power over owners', async () => {
    const { tollgate, organization } = subject()
    const { members } = tollgate
    const id = await organization('pro')
    for (const userId of ['one', 'two'])
      await members.add({ organizationId: id, userId, role: 'owner' })
    await members.add({ organizationId: id, userId: 'adam', role: 'admin' })
    const admin = { role: 'admin', actor: 'user:adam' } as const
    const refused = (field: string) => ({ code: 'forbidden', faults: [{ field }] })
    await expect(
      members.add({ organizationId: id, userId: 'x', role: 'owner' }, admin),
    ).rejects.toMatchObject(refused('role'))
    await expect(
      members.update({ organizationId: id, userId: 'adam', role: 'owner' }, admin),
    ).rejects.toMatchObject(refused('role'))
    await expect(
      members.update({ organizationId: id, userId: 'one', name: 'x' }, admin),
    ).rejects.toMatchObject(refused('userId'))
    await expect(
      members.remove({ organizationId: id, userId: 'one' }, admin),
    ).rejects.toMatchObject(refused('userId'))
    await members.add({ organizationId: id, userId: 'x', role: 'admin' }, admin)
    expect(await members.remove({ organizationId: id, userId: 'x' }, admin)).toMatchObject({
      userId: 'x',
    })
    await members.update({ organizationId: id, userId: 'two', role: 'member' }, { role: 'owner' })
    expect(await plumbingOf(tollgate).members.roleOf(id, 'two')).toBe('member')
  })
})
