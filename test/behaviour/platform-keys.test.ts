import { expect, it } from 'vitest'
import { plumbingOf } from '../../src/engine/plumbing.ts'
import { describeEngine } from './describe-engine.ts'
import { describeTollgate } from './describe-tollgate.ts'

const HOUR_MS = 3_600_000

describeTollgate('service keys', (subject) => {
  const made = async (input: object = {}) =>
    subject().tollgate.serviceKeys.create({ name: 'backend', scopes: ['gate.use'], ...input })
  const opens = async (key: string) =>
    (await plumbingOf(subject().tollgate).authenticate(key)) !== undefined
  const inMs = (ms: number) => new Date(subject().clock.now().getTime() + ms).toISOString()

  it('act for a backend with their scopes, for no organization and without administrator rights', async () => {
    const { key, id, prefix, scopes } = await made({ scopes: ['gate.use', 'audit.write'] })
    expect(key).toMatch(/^tgsvc_[\w-]{32}$/)
    expect([key.startsWith(prefix), prefix.length]).toEqual([true, 13])
    expect(scopes).toEqual(['gate.use', 'audit.write'])
    expect(await plumbingOf(subject().tollgate).authenticate(key)).toEqual({
      kind: 'service',
      serviceKeyId: id,
      scopes: ['gate.use', 'audit.write'],
      actor: `key:${id}`,
    })
  })

  it.each([
    ['scopes', { scopes: undefined }],
    ['scopes', { scopes: [] }],
    ['scopes[0]', { scopes: ['keys.manage'] }],
    ['scopes[0]', { scopes: ['admin'] }],
    ['scopes', { scopes: ['gate.use', 'gate.use'] }],
    ['expiresAt', { expiresAt: '2026-03-10T12:00:00Z' }],
    ['name', { name: '' }],
    ['organizationId', { organizationId: 'acme' }],
  ])('are refused with a wrong %s, which the error names: %j', async (field, wrong) => {
    await expect(made(wrong)).rejects.toMatchObject({
      code: 'invalid_request',
      faults: [{ field }],
    })
  })

  it('are listed by page, newest first, without the secret', async () => {
    const { tollgate, clock } = subject()
    const keys = []
    for (const name of ['first', 'second', 'third']) {
      await clock.advance(1_000)
      keys.unshift(await made({ name }))
    }
    const page = await tollgate.serviceKeys.list({ limit: 2 })
    expect(page.items.map(({ name }) => name)).toEqual(['third', 'second'])
    const rest = await tollgate.serviceKeys.list({ cursor: page.nextCursor ?? '', limit: 1 })
    expect(rest.items).toMatchObject([{ name: 'first', scopes: ['gate.use'], revokedAt: null }])
    const text = JSON.stringify([page, rest])
    for (const { key } of keys) expect(text).not.toContain(key)
    const wrong = tollgate.serviceKeys.list({ cursor: 'x' })
    await expect(wrong).rejects.toMatchObject({ faults: [{ field: 'cursor' }] })
  })

  it('are refused after revocation', async () => {
    const { tollgate, clock } = subject()
    const { id, key } = await made()
    expect(await opens(key)).toBe(true)
    const revoked = await tollgate.serviceKeys.revoke({ keyId: id })
    expect(revoked.revokedAt).toBe(clock.now().toISOString())
    expect(await opens(key)).toBe(false)
    await clock.advance(1_000)
    expect(await tollgate.serviceKeys.revoke({ keyId: id })).toEqual(revoked)
    const rotated = tollgate.serviceKeys.rotate({ keyId: id })
    await expect(rotated).rejects.toMatchObject({ code: 'unprocessable' })
  })

  it('are rotated to a key with the same rights, and still work during the overlap', async () => {
    const { tollgate, clock } = subject()
    const old = await made({ scopes: ['usage.record'], expiresAt: inMs(48 * HOUR_MS) })
    const now = await tollgate.serviceKeys.rotate({ keyId: old.id, overlapSeconds: 3_600 })
    expect(now).toMatchObject({ name: 'backend', scopes: ['usage.record'], replaces: old.id })
    expect([now.replacedUntil, now.expiresAt]).toEqual([inMs(HOUR_MS), inMs(48 * HOUR_MS)])
    expect(now.key).toMatch(/^tgsvc_/)
    await clock.advance(HOUR_MS - 1)
    expect([await opens(old.key), await opens(now.key)]).toEqual([true, true])
    await clock.advance(1)
    expect([await opens(old.key), await opens(now.key)]).toEqual([false, true])
  })

  it('are separate from other kinds of keys: no operation on one kind finds another', async () => {
    const { tollgate, engine, organization } = subject()
    const organizationId = await organization('rag-chatbot/pro')
    const own = await tollgate.apiKeys.create({ organizationId, name: 'own' })
    const admin = await engine.admin.createAdminKey({ name: 'admin' })
    const service = await made()
    const notFound = { code: 'not_found' }
    for (const id of [own.id, admin.id, crypto.randomUUID(), 'x', "'"]) {
      await expect(tollgate.serviceKeys.revoke({ keyId: id })).rejects.toMatchObject(notFound)
      await expect(tollgate.serviceKeys.rotate({ keyId: id })).rejects.toMatchObject(notFound)
    }
    for (const id of [own.id, service.id]) {
      await expect(tollgate.adminKeys.revoke({ keyId: id })).rejects.toMatchObject(notFound)
    }
    for (const keyId of [admin.id, service.id]) {
      const revoked = tollgate.apiKeys.revoke({ organizationId, keyId })
      await expect(revoked).rejects.toMatchObject(notFound)
    }
    for (const { key } of [own, admin, service]) expect(await opens(key)).toBe(true)
  })
})

describeEngine('keys of the platform', { catalogs: ['rag-chatbot'] }, (subject) => {
  it('appear in the platform’s audit log without the key itself', async () => {
    const { tollgate } = subject()
    const actor = { actor: 'user:ada' }
    const input = { name: 'backend', scopes: ['gate.use' as const] }
    const made = await tollgate.serviceKeys.create(input, actor)
    const rotated = await tollgate.serviceKeys.rotate({ keyId: made.id }, actor)
    await tollgate.serviceKeys.revoke({ keyId: rotated.id }, actor)
    const { items } = await tollgate.audit.listPlatform({ category: 'keys', actor: 'user:ada' })
    expect(items.map(({ action, subject: of }) => [action, of])).toEqual([
      ['key.revoked', `key:${rotated.id}`],
      ['key.rotated', `key:${made.id}`],
      ['key.created', `key:${made.id}`],
    ])
    expect(items[2]?.new).toMatchObject({ kind: 'service', scopes: ['gate.use'] })
    for (const { key } of [made, rotated])
      expect(JSON.stringify(items)).not.toContain(key.slice(13))
  })

  it('record when a service key was last used', async () => {
    const { tollgate, clock } = subject()
    const { key, id } = await tollgate.serviceKeys.create({ name: 'used', scopes: ['gate.use'] })
    await plumbingOf(tollgate).authenticate(key)
    const used = clock.now().toISOString()
    await clock.advance(10_000)
    const lastUsed = async () =>
      (await tollgate.serviceKeys.list()).items.find((one) => one.id === id)?.lastUsedAt
    await expect.poll(lastUsed).toBe(used)
  })

  it('of the administrator are listed and revoked, and the log names who revoked them', async () => {
    const { tollgate, clock } = subject()
    const one = await tollgate.admin.createAdminKey({ name: 'one' })
    await clock.advance(1)
    const two = await tollgate.admin.createAdminKey({ name: 'two' })
    const { items } = await tollgate.adminKeys.list({ limit: 2 })
    expect(items).toMatchObject([
      { id: two.id, name: 'two', origin: 'database', prefix: two.prefix, revokedAt: null },
      { id: one.id, name: 'one' },
    ])
    expect(JSON.stringify(items)).not.toContain(two.key)
    const actor = `key:${two.id}`
    const revoked = await tollgate.adminKeys.revoke({ keyId: one.id }, { actor })
    expect(revoked).toMatchObject({ id: one.id, revokedAt: clock.now().toISOString() })
    expect(await plumbingOf(tollgate).authenticate(one.key)).toBeUndefined()
    expect(await plumbingOf(tollgate).authenticate(two.key)).toBeDefined()
    const log = await tollgate.audit.listPlatform({ action: 'key.revoked', actor })
    expect(log.items.map(({ subject: of }) => of)).toEqual([`key:${one.id}`])
  })

  it('cannot revoke themselves, nor another key once revoked', async () => {
    const { tollgate } = subject()
    const one = await tollgate.admin.createAdminKey({ name: 'one' })
    const two = await tollgate.admin.createAdminKey({ name: 'two' })
    const own = tollgate.adminKeys.revoke({ keyId: one.id }, { actor: `key:${one.id}` })
    await expect(own).rejects.toMatchObject({ code: 'unprocessable', faults: [{ field: 'keyId' }] })
    // Both calls were authenticated before either revocation.
    const outcomes = await Promise.allSettled([
      tollgate.adminKeys.revoke({ keyId: two.id }, { actor: `key:${one.id}` }),
      tollgate.adminKeys.revoke({ keyId: one.id }, { actor: `key:${two.id}` }),
    ])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const opened = await Promise.all(
      [one, two].map(({ key }) => plumbingOf(tollgate).authenticate(key)),
    )
    expect(opened.filter(Boolean)).toHaveLength(1)
  })
})
