import { beforeAll, describe, expect, it } from 'vitest'
import { createKeySet, type KeySetOptions } from '../../../src/http/authentication/key-set.ts'
import { createHandler } from '../../../src/server.ts'
import { testClock } from '../../../src/testing/index.ts'
import { openDoor, sender } from '../door.ts'
import { BY_KEY_PAIR, goodToken } from './bad-tokens.ts'
import { AUDIENCE, byRsa, GOOD_CLAIMS, ISSUER, jwkOf, rsa, stranger, tokenOf } from './issuer.ts'
import { answerJson, type LocalServer, localServer } from './local-server.ts'

const FIRST = { keys: [jwkOf(rsa.publicKey, 'one', 'RS256')] }
const SECOND = { keys: [jwkOf(stranger.rsa.publicKey, 'two', 'RS256')] }

const away: LocalServer['answer'] = (_request, response) => response.writeHead(503).end()

describe("an issuer's keys", () => {
  let issuer: LocalServer
  beforeAll(async () => {
    issuer = await localServer(answerJson(FIRST))
  })

  const opened = (options: Partial<KeySetOptions> = {}) => {
    issuer.asked.length = 0
    issuer.answer = answerJson(FIRST)
    const clock = testClock('2026-03-10T12:00:00Z')
    const url = new URL(`${issuer.url}/jwks`)
    const keys = createKeySet({ url, now: clock.now, fetch, ...options })
    const finds = async (keyId: string | undefined) =>
      (await keys.find({ algorithm: 'RS256', keyId })) !== undefined
    return { clock, finds, asked: () => issuer.asked.length }
  }

  it('are read once for all concurrent callers, and cached', async () => {
    const { finds, asked } = opened()
    expect(await Promise.all(Array.from({ length: 20 }, () => finds('one')))).not.toContain(false)
    expect(await finds('one')).toBe(true)
    expect(asked()).toBe(1)
  })

  it('are read again for a new key, and an old missing key becomes invalid', async () => {
    const { clock, finds, asked } = opened()
    expect(await finds('one')).toBe(true)
    issuer.answer = answerJson(SECOND)
    await clock.advance(30_000)
    expect([await finds('two'), await finds('one')]).toEqual([true, false])
    expect(asked()).toBe(2)
  })

  it('are requested at most twice a minute, however many ids are invented', async () => {
    const { clock, finds, asked } = opened()
    for (let second = 0; second < 60; second += 1) {
      expect(await finds(`made-up-${second}`)).toBe(false)
      await clock.advance(1_000)
    }
    expect(asked()).toBe(2)
  })

  it('are read again after ten minutes, so a withdrawn key becomes invalid', async () => {
    const { clock, finds, asked } = opened()
    expect(await finds('one')).toBe(true)
    issuer.answer = answerJson(SECOND)
    await clock.advance(599_999)
    expect([await finds('one'), asked()]).toEqual([true, 1])
    await clock.advance(1)
    expect([await finds('one'), asked()]).toEqual([false, 2])
  })

  it("are cached for a day during an issuer's outage, and requested twice a minute", async () => {
    const { clock, finds, asked } = opened()
    expect(await finds('one')).toBe(true)
    issuer.answer = away
    await clock.advance(86_399_999)
    expect([await finds('one'), await finds('one'), await finds('two')]).toEqual([
      true,
      true,
      false,
    ])
    expect(asked()).toBe(2)
    await clock.advance(1)
    await expect(finds('one')).rejects.toMatchObject({ code: 'unavailable' })
    issuer.answer = answerJson(FIRST)
    await clock.advance(30_000)
    expect(await finds('one')).toBe(true)
  })

  it.each<[string, LocalServer['answer']]>([
    ['is away', away],
    ['answers no JSON', (_request, response) => response.end('<html>')],
    ['answers no set', answerJson({ keys: 'none' })],
    ['answers too many keys', answerJson({ keys: Array(101).fill(FIRST.keys[0]) })],
    ['answers too much', answerJson({ ...FIRST, more: 'x'.repeat(1_048_576) })],
    ['cuts its answer off', (request) => request.socket.destroy()],
    [
      'sends us elsewhere',
      (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end(),
    ],
  ])(
    'cannot be read from an issuer that %s, which is asked only once in a while',
    async (_, answer) => {
      const { finds, asked } = opened()
      issuer.answer = answer
      for (let times = 0; times < 3; times += 1) {
        await expect(finds('one')).rejects.toMatchObject({ code: 'unavailable' })
      }
      expect(asked()).toBe(1)
    },
  )

  it('have a time-out', async () => {
    const { finds } = opened({ timeoutMs: 20 })
    issuer.answer = () => {}
    await expect(finds('one')).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('cannot be private keys or keys for another purpose', async () => {
    const { finds } = opened()
    issuer.answer = answerJson({
      keys: [
        { ...rsa.privateKey.export({ format: 'jwk' }), kid: 'private' },
        { kty: 'oct', kid: 'secret', k: 'c2VjcmV0' },
        { ...FIRST.keys[0], kid: 'encrypts', use: 'enc' },
        { kty: 'RSA', kid: 'broken' },
        { kty: 'RSA', kid: 7 },
        null,
        ...FIRST.keys,
      ],
    })
    for (const kid of ['private', 'secret', 'encrypts', 'broken', '7', undefined]) {
      expect(await finds(kid), kid).toBe(false)
    }
    expect(await finds('one')).toBe(true)
  })
})

describe("a handler during its issuer's outage", () => {
  const door = openDoor()

  it('answers 503 to its users, and serves everybody else', async () => {
    const issuer = await localServer(away)
    const jwt = { issuer: ISSUER, audience: AUDIENCE, jwksUrl: `${issuer.url}/jwks` }
    const said: string[] = []
    const log = { error: (fields: object) => void said.push(JSON.stringify(fields)) }
    const handler = createHandler(door().tollgate, { jwt, now: door().clock.now, log })
    const token = goodToken(BY_KEY_PAIR)
    const { status, headers, body } = await sender(handler)('GET', '/api/session', { key: token })
    expect([status, body.code]).toEqual([503, 'unavailable'])
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect(said).toHaveLength(1)
    expect(said.join()).not.toContain(token.slice(0, 20))
    const { key } = await door().organization()
    expect((await sender(handler)('GET', '/api/session', { key })).status).toBe(200)
  })

  it('accepts a rotated key as soon as a token names it', async () => {
    const issuer = await localServer(answerJson(FIRST))
    const jwt = { issuer: ISSUER, audience: AUDIENCE, jwksUrl: `${issuer.url}/jwks` }
    const send = sender(createHandler(door().tollgate, { jwt, now: door().clock.now }))
    const by = (key: typeof rsa, kid: string) =>
      tokenOf({ alg: 'RS256', kid }, GOOD_CLAIMS, byRsa(key.privateKey))
    const ask = async (token: string) => (await send('GET', '/api/session', { key: token })).status
    expect(await ask(by(rsa, 'one'))).toBe(200)
    issuer.answer = answerJson({ keys: [...FIRST.keys, ...SECOND.keys] })
    expect(await ask(by(stranger.rsa, 'two'))).toBe(401)
    await door().clock.advance(30_000)
    expect(await ask(by(stranger.rsa, 'two'))).toBe(200)
    expect(await ask(by(rsa, 'one'))).toBe(200)
  })
})
