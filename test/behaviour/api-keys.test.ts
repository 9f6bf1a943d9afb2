import { expect, it } from 'vitest'
import { DEFAULT_SCOPES } from '../../src/core/rights.ts'
import { plumbingOf } from '../../src/engine/plumbing.ts'
import { describeEngine } from './describe-engine.ts'
import { describeTollgate } from './describe-tollgate.ts'

const HOUR_MS = 3_600_000

describeTollgate('API keys', (subject) => {
  const made = async (input: object = {}) => {
    const { tollgate, organization } = subject()
    const id = await organization('rag-chatbot/pro')
    return {
      ...(await tollgate.apiKeys.create({ organizationId: id, name: 'production', ...input })),
      org: id,
    }
  }
  const opens = async (key: string) =>
    (await plumbingOf(subject().tollgate).authenticate(key)) !== undefined
  const inMs = (ms: number) => new Date(subject().clock.now().getTime() + ms).toISOString()

  it('have the requested scopes, or the default scopes', async () => {
    const { tollgate } = subject()
    const usual = await made()
    expect(usual.scopes).toEqual(DEFAULT_SCOPES)
    const narrow = await made({ scopes: ['usage.read'] })
    expect(narrow.scopes).toEqual(['usage.read'])
    expect(await plumbingOf(tollgate).authenticate(narrow.key)).toEqual({
      kind: 'organization',
      organizationId: narrow.org,
      apiKeyId: narrow.id,
      scopes: ['usage.read'],
      actor: `key:${narrow.id}`,
    })
  })

  it.each([
    ['scopes', { scopes: [] }],
    ['scopes[0]', { scopes: ['keys.manage'] }],
    ['scopes[1]', { scopes: ['gate.use', 'everything'] }],
    ['scopes', { scopes: ['gate.use', 'gate.use'] }],
    ['expiresAt', { expiresAt: '2026-03-10T12:00:00Z' }],
    ['expiresAt', { expiresAt: '2020-01-01T00:00:00Z' }],
    ['name', { name: '' }],
  ])('are refused with a wrong %s, which the error names: %j', async (field, wrong) => {
    await expect(made(wrong)).rejects.toMatchObject({
      code: 'invalid_request',
      faults: [{ field }],
    })
  })

  it('are listed by page, newest first, without the secret', async () => {
    const { tollgate, clock } = subject()
    const first = await made()
    const keys = [first]
    for (const name of ['second', 'third']) {
      await clock.advance(1_000)
      keys.unshift({
        ...first,
        ...(await tollgate.apiKeys.create({ organizationId: first.org, name })),
      })
    }
    const page = await tollgate.apiKeys.list({ organizationId: first.org, limit: 2 })
    expect(page.items.map(({ name }) => name)).toEqual(['third', 'second'])
    const rest = await tollgate.apiKeys.list({
      organizationId: first.org,
      cursor: page.nextCursor ?? '',
      limit: 2,
    })
    expect(rest).toMatchObject({ items: [{ name: 'production' }], nextCursor: null })
    const text = JSON.stringify([page, rest])
    for (const { key, prefix } of keys) {
      expect(text).not.toContain(key)
      expect(text).toContain(prefix)
    }
    expect(Object.keys(page.items[0] ?? {})).not.toContain('hash')
    const wrong = tollgate.apiKeys.list({ organizationId: first.org, cursor: 'x' })
    await expect(wrong).rejects.toMatchObject({ faults: [{ field: 'cursor' }] })
  })

  it('are refused after revocation, and stay revoked', async () => {
    const { tollgate, clock } = subject()
    const { id, org, key } = await made()
    expect(await opens(key)).toBe(true)
    const revoked = await tollgate.apiKeys.revoke({ organizationId: org, keyId: id })
    expect(revoked.revokedAt).toBe(clock.now().toISOString())
    expect(await opens(key)).toBe(false)
    await clock.advance(1_000)
    expect(await tollgate.apiKeys.revoke({ organizationId: org, keyId: id })).toEqual(revoked)
    const rotated = tollgate.apiKeys.rotate({ organizationId: org, keyId: id })
    await expect(rotated).rejects.toMatchObject({ code: 'unprocessable' })
  })

  it('are rotated to a key with the same rights, and still work during the overlap', async () => {
    const { tollgate, clock } = subject()
    const old = await made({ scopes: ['gate.use'] })
    const { org } = old
    const now = await tollgate.apiKeys.rotate({
      organizationId: org,
      keyId: old.id,
      overlapSeconds: 3_600,
    })
    expect(now).toMatchObject({ name: 'production', scopes: ['gate.use'], replaces: old.id })
    expect(now.replacedUntil).toBe(inMs(HOUR_MS))
    expect([await opens(old.key), await opens(now.key)]).toEqual([true, true])
    const again = tollgate.apiKeys.rotate({ organizationId: org, keyId: old.id })
    await expect(again).rejects.toMatchObject({
      code: 'unprocessable',
      faults: [{ field: 'keyId' }],
    })
    await clock.advance(HOUR_MS - 1)
    expect(await opens(old.key)).toBe(true)
    await clock.advance(1)
    expect([await opens(old.key), await opens(now.key)]).toEqual([false, true])
    const { items } = await tollgate.apiKeys.list({ organizationId: org })
    const [kept] = items.filter(({ id }) => id === old.id)
    expect(kept).toMatchObject({
      replacedBy: now.id,
      expiresAt: now.replacedUntil,
      revokedAt: null,
    })
  })

  it('end at once when rotated without overlap, and never later than planned', async () => {
    const { tollgate, clock } = subject()
    const old = await made()
    const now = await tollgate.apiKeys.rotate({
      organizationId: old.org,
      keyId: old.id,
      overlapSeconds: 0,
    })
    expect([await opens(old.key), await opens(now.key)]).toEqual([false, true])
    const short = await made({ expiresAt: inMs(HOUR_MS) })
    await clock.advance(HOUR_MS / 2)
    const longer = await tollgate.apiKeys.rotate({
      organizationId: short.org,
      keyId: short.id,
      overlapSeconds: 86_400,
    })
    expect(longer.replacedUntil).toBe(short.expiresAt)
    expect(longer.expiresAt).toBe(inMs(HOUR_MS))
    await clock.advance(HOUR_MS / 2)
    expect([await opens(short.key), await opens(longer.key)]).toEqual([false, true])
  })

  it('of another organization get the same "not found" as unknown keys', async () => {
    const { apiKeys } = subject().tollgate
    const [mine, theirs] = [await made(), await made()]
    for (const id of [theirs.id, crypto.randomUUID(), 'x', "'"]) {
      await expect(apiKeys.revoke({ organizationId: mine.org, keyId: id })).rejects.toMatchObject({
        code: 'not_found',
      })
      await expect(apiKeys.rotate({ organizationId: mine.org, keyId: id })).rejects.toMatchObject({
        code: 'not_found',
      })
    }
    expect(await opens(theirs.key)).toBe(true)
  })
})

describeEngine('an API key in use', { catalogs: ['rag-chatbot'] }, (subject) => {
  it('gets its last use written in batches, at most once a minute', async () => {
    const { tollgate, clock, organization } = subject()
    const org = await organization('pro')
    const { key, id } = await tollgate.apiKeys.create({ organizationId: org, name: 'test' })
    const lastUsed = async () => {
      const { items } = await tollgate.apiKeys.list({ organizationId: org })
      return items.find((one) => one.id === id)?.lastUsedAt
    }
    const written = (at: string) => expect.poll(lastUsed).toBe(at)
    expect(await lastUsed()).toBeNull()
    await plumbingOf(tollgate).authenticate(key)
    const first = clock.now().toISOString()
    expect(await lastUsed()).toBeNull()
    await clock.advance(10_000)
    await written(first)
    await plumbingOf(tollgate).authenticate(key)
    await clock.advance(49_999)
    await plumbingOf(tollgate).authenticate(key)
    await clock.advance(1)
    expect(await lastUsed()).toBe(first)
    await plumbingOf(tollgate).authenticate(key)
    const second = clock.now().toISOString()
    expect(Date.parse(second) - Date.parse(first)).toBe(60_000)
    await clock.advance(10_000)
    await written(second)
  })

  it('of the administrator accepts no scopes', async () => {
    const { tollgate } = subject()
    const { key, scopes } = await tollgate.admin.createAdminKey({ name: 'admin' })
    expect(scopes).toEqual([])
    expect(await plumbingOf(tollgate).authenticate(key)).toMatchObject({ kind: 'admin' })
    const narrowed = tollgate.admin.createAdminKey({ name: 'admin', scopes: ['usage.read'] })
    await expect(narrowed).rejects.toMatchObject({ faults: [{ field: 'scopes' }] })
  })

  it('appears in the audit log without the key itself', async () => {
    const { tollgate, organization } = subject()
    const org = await organization('pro')
    const made = await tollgate.apiKeys.create(
      { organizationId: org, name: 'test' },
      { actor: 'user:ada' },
    )
    const rotated = await tollgate.apiKeys.rotate(
      { organizationId: org, keyId: made.id },
      { actor: 'user:ada' },
    )
    await tollgate.apiKeys.revoke({ organizationId: org, keyId: rotated.id }, { actor: 'user:ada' })
    const { items } = await tollgate.audit.list({ organizationId: org, category: 'keys' })
    expect(items.map(({ action, actor }) => [action, actor])).toEqual([
      ['key.revoked', 'user:ada'],
      ['key.rotated', 'user:ada'],
      ['key.created', 'user:ada'],
    ])
    const text = JSON.stringify(items)
    for (const { key } of [made, rotated]) expect(text).not.toContain(key.slice(10))
  })
})
