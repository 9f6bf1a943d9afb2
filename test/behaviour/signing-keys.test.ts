import { expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { plumbingOf } from '../../src/engine/plumbing.ts'
import { createTollgate } from '../../src/index.ts'
import { createHandler } from '../../src/server.ts'
import { sender } from '../http/door.ts'
import { describeOnPostgres } from '../setup/substrates.ts'

const ADMIN_KEY = 'the-admin-key-of-both-processes'

describeOnPostgres('processes on one database', (_open, url) => {
  const opened = async (count: number, work: (engines: TollgateEngine[]) => Promise<void>) => {
    const engines = await Promise.all(
      Array.from({ length: count }, () => createTollgate({ database: { url: url() } })),
    )
    try {
      await work(engines)
    } finally {
      await Promise.all(engines.map((engine) => engine.close()))
    }
  }
  const idOf = async (engine: TollgateEngine) =>
    (await plumbingOf(engine).signing.keys('test'))[0]?.id

  it('create one shared secret, however many start together', async () => {
    await opened(4, async (engines) => {
      const ids = await Promise.all(engines.map(idOf))
      expect(new Set(ids).size).toBe(1)
      expect(ids[0]).toBeDefined()
    })
  })

  it("accept each other's signatures, even by recently rotated keys", async () => {
    await opened(2, async ([one, two]) => {
      if (!one || !two) throw new Error('two engines are open')
      await one.organizations.create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/pro' })
      const [here, there] = [one, two].map((engine) =>
        sender(createHandler(engine, { adminKey: ADMIN_KEY })),
      )
      if (!here || !there) throw new Error('two handlers are made')
      const issued = async () => {
        const path = '/api/organizations/acme/read-tokens'
        return (await here('POST', path, { key: ADMIN_KEY, body: {} })).body.token as string
      }
      const seen = async (key: string) => (await there('GET', '/api/session', { key })).status
      const before = await issued()
      expect(await seen(before)).toBe(200)
      await plumbingOf(one).signing.rotate(60_000)
      const after = await issued()
      // Another process hears of the new key by a notification, or looks it up after a second.
      await expect.poll(() => seen(after)).toBe(200)
      expect(await seen(before)).toBe(200)
      await plumbingOf(one).signing.rotate(0)
      await expect.poll(() => seen(before)).toBe(401)
      expect(await seen(after)).toBe(401)
    })
  })

  it('rotate together, and have one secret in force afterwards', async () => {
    await opened(2, async (engines) => {
      await Promise.all(
        engines.flatMap((engine) => [1, 2, 3].map(() => plumbingOf(engine).signing.rotate(0))),
      )
      const expected = await idOf(engines[0] as TollgateEngine)
      await expect.poll(() => idOf(engines[1] as TollgateEngine)).toBe(expected)
    })
  })

  it('end a session everywhere as soon as one of them ends it', async () => {
    await opened(2, async ([one, two]) => {
      if (!one || !two) throw new Error('two engines are open')
      const [here, there] = [one, two].map((engine) =>
        sender(createHandler(engine, { adminKey: ADMIN_KEY })),
      )
      const body = { credential: ADMIN_KEY }
      const signedIn = await here?.('POST', '/api/session', { key: null, body })
      const cookie = signedIn?.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
      const seen = async () =>
        (await there?.('GET', '/api/session', { key: null, headers: { cookie } }))?.status
      expect(await seen()).toBe(200)
      const csrf = { origin: 'http://tollgate.test', 'x-tollgate-csrf': signedIn?.body.csrfToken }
      await here?.('DELETE', '/api/session', { key: null, headers: { cookie, ...csrf } })
      expect(await seen()).toBe(401)
    })
  })
})
