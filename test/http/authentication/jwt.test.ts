import { beforeAll, describe, expect, it } from 'vitest'
import { createJwtVerifier } from '../../../src/http/authentication/jwt.ts'
import { createHandler, type JwtOptions } from '../../../src/server.ts'
import { openDoor, sender } from '../door.ts'
import { amiss, type BadToken, BY_KEY_PAIR, BY_SECRET, goodToken } from './bad-tokens.ts'
import { forgedForKeyPair, forgedForSecret } from './forged-tokens.ts'
import {
  AUDIENCE,
  byEc,
  byEd,
  ec,
  ed,
  GOOD_CLAIMS,
  ISSUER,
  jwkOf,
  rsa,
  SECRET,
  tokenOf,
} from './issuer.ts'
import { answerJson, type LocalServer, localServer } from './local-server.ts'

const ISSUED = { issuer: ISSUER, audience: AUDIENCE }

const KEY_SET = {
  keys: [
    jwkOf(rsa.publicKey, 'rsa-1', 'RS256'),
    jwkOf(ec.publicKey, 'ec-1', 'ES256'),
    jwkOf(ed.publicKey, 'ed-1'),
    { kty: 'oct', kid: 'oct-1', k: Buffer.from(SECRET).toString('base64url') },
    { ...jwkOf(rsa.publicKey, 'enc-1'), use: 'enc' },
    jwkOf(rsa.publicKey, 'ps-1', 'PS256'),
    jwkOf(rsa.publicKey, 'twice'),
    jwkOf(rsa.publicKey, 'twice'),
  ],
}

describe('forged or invalid tokens', () => {
  const door = openDoor()
  let issuer: LocalServer
  let canary: LocalServer
  beforeAll(async () => {
    issuer = await localServer(answerJson(KEY_SET))
    canary = await localServer(answerJson(KEY_SET))
  })

  /** Sends each, and returns its status and its log lines. */
  const tried = async (jwt: JwtOptions, tokens: readonly BadToken[], good: string) => {
    const said: string[] = []
    const tell = (...parts: unknown[]) => void said.push(JSON.stringify(parts))
    const handler = createHandler(door().tollgate, {
      jwt,
      now: door().clock.now,
      log: { error: (fields, message) => tell(fields, message) },
      onFailedSignIn: tell,
    })
    const send = sender(handler)
    const asks = (token: string) => send('GET', '/api/session', { key: token })
    expect((await asks(good)).body).toMatchObject({ kind: 'user', userId: 'ada' })
    const answers = []
    for (const { name, token } of tokens) {
      const { status, body } = await asks(token)
      answers.push({ name, token, status, text: JSON.stringify(body) })
    }
    return { answers, said: said.join('\n') }
  }

  const expectRefused = ({ answers, said }: Awaited<ReturnType<typeof tried>>) => {
    expect(answers.filter(({ status }) => status !== 401).map(({ name }) => name)).toEqual([])
    for (const { name, token, text } of answers) {
      for (const part of [token, ...token.split('.')].filter(({ length }) => length > 12)) {
        expect(said.includes(part), `${name} is told`).toBe(false)
        expect(text.includes(part), `${name} is answered`).toBe(false)
      }
    }
  }

  it('are refused for an issuer with a secret, and no log contains a part of them', async () => {
    const tokens = [...amiss(BY_SECRET), ...forgedForSecret()]
    const outcome = await tried({ ...ISSUED, secret: SECRET }, tokens, goodToken(BY_SECRET))
    expect(outcome.answers.length).toBeGreaterThan(150)
    expectRefused(outcome)
  })

  it('are refused for an issuer with public keys, and none of their links is fetched', async () => {
    const tokens = [...amiss(BY_KEY_PAIR), ...forgedForKeyPair(`${canary.url}/keys.json`)]
    expect(new Set(tokens.map(({ token }) => token)).size).toBeGreaterThan(250)
    const jwt = { ...ISSUED, jwksUrl: `${issuer.url}/jwks` }
    expectRefused(await tried(jwt, tokens, goodToken(BY_KEY_PAIR)))
    expect(canary.asked).toEqual([])
    // The issuer is asked only once in a while, whatever key ids are invented.
    expect(issuer.asked).toEqual(['/jwks'])
  })

  it('are refused in the query, even if valid', async () => {
    const jwt = { ...ISSUED, secret: SECRET }
    const send = sender(createHandler(door().tollgate, { jwt, now: door().clock.now }))
    const token = goodToken(BY_SECRET)
    for (const name of ['token', 'access_token', 'key', 'api_key', 'authorization', 'jwt']) {
      const { status } = await send('GET', `/api/session?${name}=${token}`, { key: null })
      expect(status).toBe(401)
    }
  })

  it('include every token if no issuer is configured', async () => {
    const { status } = await door().send('GET', '/api/session', { key: goodToken(BY_SECRET) })
    expect(status).toBe(401)
  })
})

describe('a token of the issuer', () => {
  const door = openDoor()
  let issuer: LocalServer
  beforeAll(async () => {
    issuer = await localServer(answerJson(KEY_SET))
  })
  const verifier = (jwt: JwtOptions, rules = {}) =>
    createJwtVerifier(jwt, { now: door().clock.now, fetch, ...rules })
  const bySecret = (more = {}, rules = {}) =>
    verifier({ ...ISSUED, secret: SECRET, ...more }, rules)

  it('is accepted with each configured algorithm, and with no other', async () => {
    const tokens = [
      goodToken(BY_KEY_PAIR),
      tokenOf({ alg: 'ES256', kid: 'ec-1' }, GOOD_CLAIMS, byEc(ec.privateKey)),
      tokenOf({ alg: 'EdDSA', kid: 'ed-1' }, GOOD_CLAIMS, byEd(ed.privateKey)),
    ]
    const outcomes = async (verify: ReturnType<typeof verifier>) =>
      Promise.all(tokens.map(async (token) => (await verify(token)).outcome))
    const jwksUrl = `${issuer.url}/jwks`
    expect(await outcomes(verifier({ ...ISSUED, jwksUrl }))).toEqual(['valid', 'valid', 'valid'])
    const pinned = verifier({ ...ISSUED, jwksUrl, algorithms: ['ES256'] })
    expect(await outcomes(pinned)).toEqual(['invalid', 'valid', 'invalid'])
  })

  it('has at most 8,192 characters', async () => {
    const lengthOf = (more: number) => goodToken(BY_SECRET, { more: 'x'.repeat(more) })
    let more = 5_000
    while (lengthOf(more + 1).length <= 8_192) more += 1
    expect((await bySecret()(lengthOf(more))).outcome).toBe('valid')
    expect((await bySecret()(lengthOf(more + 1))).outcome).toBe('invalid')
  })

  it('may name several audiences, and come from several issuers', async () => {
    const verify = bySecret({ issuer: ['https://old.test', ISSUER], audience: [AUDIENCE, 'app'] })
    for (const claims of [{ aud: ['other', 'app'] }, { iss: 'https://old.test' }]) {
      expect((await verify(goodToken(BY_SECRET, claims))).outcome).toBe('valid')
    }
  })

  it('needs no audience if the issuer names none', async () => {
    const verify = bySecret({ audience: null })
    expect((await verify(goodToken(BY_SECRET, { aud: undefined }))).outcome).toBe('valid')
    expect((await verify(goodToken(BY_SECRET))).outcome).toBe('invalid')
  })

  it('may be 10 seconds ahead, and expires on time', async () => {
    const verify = bySecret()
    const nowSeconds = door().clock.now().getTime() / 1_000
    const outcomeOf = async (claims: object) => (await verify(goodToken(BY_SECRET, claims))).outcome
    expect(await outcomeOf({ nbf: nowSeconds + 10, iat: nowSeconds + 10 })).toBe('valid')
    expect(await outcomeOf({ nbf: nowSeconds + 11 })).toBe('invalid')
    expect(await outcomeOf({ exp: nowSeconds + 1 })).toBe('valid')
    expect(await outcomeOf({ exp: nowSeconds })).toBe('expired')
  })

  it.each([
    [{ role: 'platform_admin' }, 'role', true],
    [{ role: ['staff', 'platform_admin'] }, 'role', true],
    [{ app_metadata: { role: 'platform_admin' } }, 'app_metadata.role', true],
    [{ 'https://acme.test/role': 'platform_admin' }, 'https://acme.test/role', true],
    [{ role: 'platform_administrator' }, 'role', false],
    [{ role: { platform_admin: true } }, 'role', false],
    [{ role: true }, 'role', false],
    [{}, 'role', false],
    [{}, 'constructor.name', false],
    [{}, '__proto__', false],
  ])('%j makes an administrator by the claim %s: %s', async (claims, name, expected) => {
    const verify = bySecret({}, { adminClaim: { name, value: 'platform_admin' } })
    const verdict = await verify(goodToken(BY_SECRET, claims))
    expect(verdict).toMatchObject({ outcome: 'valid', isAdminByClaim: expected })
  })

  it('makes nobody an administrator by inherited properties', async () => {
    for (const [name, value] of [
      ['constructor.name', 'Object'],
      ['__proto__.constructor.name', 'Object'],
      ['sub.length', 'ada'],
    ] as const) {
      const verdict = await bySecret({}, { adminClaim: { name, value } })(goodToken(BY_SECRET))
      expect(verdict).toMatchObject({ outcome: 'valid', isAdminByClaim: false })
    }
  })

  it('of a configured user id makes an administrator', async () => {
    const handler = createHandler(door().tollgate, {
      jwt: { ...ISSUED, secret: SECRET },
      adminUserIds: ['root'],
      now: door().clock.now,
    })
    const who = async (sub: string) =>
      (await sender(handler)('GET', '/api/session', { key: goodToken(BY_SECRET, { sub }) })).body
    expect(await who('root')).toEqual({ kind: 'admin', actor: 'user:root' })
    const user = { kind: 'user', actor: 'user:Root', userId: 'Root', organizations: [] }
    expect(await who('Root')).toEqual(user)
  })
})

describe('an issuer', () => {
  const secret = SECRET
  it.each([
    ['a short secret', { ...ISSUED, secret: 'x'.repeat(31) }, /^jwt\.secret: /],
    ['no issuer', { issuer: '', audience: AUDIENCE, secret }, /^jwt\.issuer: /],
    ['no audience', { issuer: ISSUER, audience: '', secret }, /^jwt\.audience: /],
    ['no audiences', { issuer: ISSUER, audience: [], secret }, /^jwt\.audience: /],
    ['keys over http', { ...ISSUED, jwksUrl: 'http://issuer.test/jwks' }, /^jwt\.jwksUrl: /],
    ['a URL with a password', { ...ISSUED, jwksUrl: 'https://a:b@issuer.test/' }, /^jwt\.jwksUrl/],
    ['keys in a file', { ...ISSUED, jwksUrl: 'file:///etc/jwks' }, /^jwt\.jwksUrl: /],
    [
      'an algorithm of secrets',
      { ...ISSUED, jwksUrl: 'https://issuer.test/', algorithms: ['HS256'] },
      /^jwt\.algorithms: /,
    ],
    [
      'no algorithm',
      { ...ISSUED, jwksUrl: 'https://issuer.test/', algorithms: [] },
      /^jwt\.algorithms: /,
    ],
  ])('with %s is refused at the start', (_, jwt, message) => {
    const now = () => new Date()
    expect(() => createJwtVerifier(jwt as JwtOptions, { now, fetch })).toThrow(message)
  })
})
