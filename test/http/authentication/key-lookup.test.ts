import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TollgateEngine } from '../../../src/contract/tollgate.ts'
import { createTollgate } from '../../../src/engine/create-tollgate.ts'
import { plumbingOf } from '../../../src/engine/plumbing.ts'
import type { Database } from '../../../src/storage/database.ts'
import { openPglite } from '../../../src/storage/pglite/open.ts'
import { testClock } from '../../../src/testing/index.ts'

/** Keys are looked up only by their digest; `bench/key-timing.bench.ts` measures the times. */
describe('a key lookup', () => {
  const clock = testClock('2026-03-10T12:00:00Z')
  const statements: { text: string; values: readonly unknown[] }[] = []
  let db: Database
  let tollgate: TollgateEngine
  beforeAll(async () => {
    db = await openPglite()
    const seen: Database = {
      ...db,
      query: (text, values = []) => {
        statements.push({ text, values })
        return db.query(text, values)
      },
    }
    tollgate = await createTollgate({ database: seen, clock })
    await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/pro' })
  })
  afterAll(() => tollgate.close())

  it('runs the same statement for unknown, nearly right and revoked digests', async () => {
    const right = (await tollgate.apiKeys.create({ organizationId: 'acme', name: 'right' })).key
    const revoked = await tollgate.apiKeys.create({ organizationId: 'acme', name: 'revoked' })
    await tollgate.apiKeys.revoke({ organizationId: 'acme', keyId: revoked.id })
    const wrong = [
      `tg_${'a'.repeat(32)}`,
      `${right.slice(0, 10)}${'b'.repeat(25)}`,
      `${right.slice(0, -1)}${right.endsWith('c') ? 'd' : 'c'}`,
      revoked.key,
    ]
    const asked: (string | undefined)[] = []
    for (const key of [...wrong, right]) {
      statements.length = 0
      expect((await plumbingOf(tollgate).authenticate(key)) !== undefined).toBe(key === right)
      const [only, ...more] = statements
      expect(more).toEqual([])
      expect(only?.values).toEqual([createHash('sha256').update(key).digest()])
      asked.push(only?.text)
    }
    expect(new Set(asked).size).toBe(1)
    // Results for all wrong keys are cached equally, for one second.
    statements.length = 0
    for (const key of wrong) await plumbingOf(tollgate).authenticate(key)
    expect(statements).toHaveLength(0)
    await clock.advance(1_000)
    for (const key of wrong) await plumbingOf(tollgate).authenticate(key)
    expect(statements.filter(({ text }) => text === asked[0])).toHaveLength(wrong.length)
  })

  it('does not find a revoked key, although the list of keys has it', async () => {
    const { id, key } = await tollgate.apiKeys.create({ organizationId: 'acme', name: 'gone' })
    const found = async () => {
      const hash = createHash('sha256').update(key).digest()
      const asked = await db.query('select id from tollgate.api_keys where hash = $1', [hash])
      return asked.length
    }
    expect(await found()).toBe(1)
    await tollgate.apiKeys.revoke({ organizationId: 'acme', keyId: id })
    expect(await found()).toBe(0)
    const { items } = await tollgate.apiKeys.list({ organizationId: 'acme' })
    expect(items.find((one) => one.id === id)).toMatchObject({ revokedAt: expect.any(String) })
  })

  it('is skipped for text that cannot be a key', async () => {
    statements.length = 0
    for (const key of ['', 'x', 'tg_short', `tg_${'a'.repeat(33)}`, 'x'.repeat(8_192)]) {
      expect(await plumbingOf(tollgate).authenticate(key)).toBeUndefined()
    }
    expect(statements).toEqual([])
  })

  it('never meets a repeated key: keys have 192 random bits', async () => {
    const keys = await Promise.all(
      Array.from({ length: 50 }, () =>
        tollgate.apiKeys.create({ organizationId: 'acme', name: 'many' }),
      ),
    )
    expect(new Set(keys.map(({ key }) => key)).size).toBe(50)
    for (const { key } of keys) {
      expect(Buffer.from(key.slice('tg_'.length), 'base64url')).toHaveLength(24)
    }
  })
})

describe('a configured secret', () => {
  const folder = new URL('../../../src/http/authentication/', import.meta.url)
  const files = readdirSync(folder).map((name) => ({
    name,
    text: readFileSync(new URL(name, folder), 'utf8'),
  }))

  it('is compared by digests of one length, in a time independent of their content', () => {
    const comparing = files.filter(({ text }) => text.includes('timingSafeEqual'))
    expect(comparing.map(({ name }) => name)).toEqual(['secret-digest.ts'])
    const secrets = files
      .filter(({ text }) => /\bisSameSecret\(/.test(text))
      .map(({ name }) => name)
    expect(secrets.sort()).toEqual(['admin-key.ts', 'cron-secret.ts', 'sessions.ts'])
  })

  it('is never compared by the secret itself', () => {
    const plain =
      /(?:===|!==)\s*(?:\w+\.)?(?:adminKey|cronSecret|secret|csrf|csrfToken|credential)\b/
    expect(files.filter(({ text }) => plain.test(text)).map(({ name }) => name)).toEqual([])
  })
})
