import { describe, expect, it } from 'vitest'
import { CliFailure } from '../../src/cli/failure.ts'
import { signInOptions } from '../../src/cli/sign-in-options.ts'
import { BY_SECRET, goodToken } from '../http/authentication/bad-tokens.ts'
import {
  AUDIENCE,
  byHmac,
  GOOD_CLAIMS,
  ISSUER,
  SECRET,
  tokenOf,
} from '../http/authentication/issuer.ts'
import { describeOnAnyDatabase } from './any-database.ts'
import { runCommand, runningServers } from './run-command.ts'

const startServer = runningServers()
const issued = { JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE }

describe('the sign-in environment', () => {
  it('is empty if nothing is configured', () => {
    const empty = { JWT_SECRET: '', JWT_ISSUER: '', ADMIN_USER_IDS: '', CRON_SECRET: '' }
    for (const env of [{}, empty]) expect(signInOptions({}, env)).toEqual({ trustProxyHops: 0 })
  })

  it('sets an issuer with a secret, and the administrators', () => {
    const env = {
      ...issued,
      JWT_SECRET: SECRET,
      ADMIN_USER_IDS: 'root, eve,',
      TRUST_PROXY: '2',
      TOLLGATE_ADMIN_CLAIM: 'app_metadata.role=a=b',
      CRON_SECRET: 'of-16-letters?!x',
      TOLLGATE_ORIGINS: 'https://console.acme.test',
    }
    expect(signInOptions({}, env)).toEqual({
      jwt: { issuer: [ISSUER], audience: [AUDIENCE], secret: SECRET },
      adminUserIds: ['root', 'eve'],
      adminClaim: { name: 'app_metadata.role', value: 'a=b' },
      cronSecret: 'of-16-letters?!x',
      session: { origins: ['https://console.acme.test'] },
      trustProxyHops: 2,
    })
  })

  it('sets an issuer with a key set, and yields to the command line', () => {
    const jwksUrl = 'https://issuer.test/jwks'
    const env = { ...issued, JWT_JWKS_URL: 'https://old.test/', JWT_ALGORITHMS: 'ES256,EdDSA' }
    const options = { jwtJwksUrl: jwksUrl, jwtAudience: 'none', trustProxy: 1 }
    expect(signInOptions(options, { ...env, TRUST_PROXY: '2' })).toEqual({
      jwt: { issuer: [ISSUER], audience: null, jwksUrl, algorithms: ['ES256', 'EdDSA'] },
      trustProxyHops: 1,
    })
  })

  it.each([
    [{ ...issued, JWT_SECRET: 'x'.repeat(31) }, /^JWT_SECRET must be at least 32 bytes long\.$/],
    [{ ...issued, JWT_SECRET: SECRET, JWT_JWKS_URL: 'https://x.test/' }, /exclude each other/],
    [{ JWT_SECRET: SECRET, JWT_AUDIENCE: AUDIENCE }, /^JWT_ISSUER must be/],
    [{ JWT_SECRET: SECRET, JWT_ISSUER: ISSUER }, /^JWT_AUDIENCE must be/],
    [issued, /need JWT_SECRET or JWT_JWKS_URL/],
    [{ ADMIN_USER_IDS: 'root' }, /without JWT_SECRET or JWT_JWKS_URL there are none/],
    [{ ...issued, JWT_SECRET: SECRET, TOLLGATE_ADMIN_CLAIM: 'admin' }, /like role=platform_admin/],
    [{ CRON_SECRET: 'too short' }, /^CRON_SECRET must be 16 to 512/],
    [{ TRUST_PROXY: 'true' }, /^TRUST_PROXY must be the number/],
    [{ TRUST_PROXY: '17' }, /^TRUST_PROXY must be the number/],
  ])('is refused without repeating a secret: %j', (env, message) => {
    const failing = () => signInOptions({}, env)
    expect(failing).toThrow(CliFailure)
    expect(failing).toThrow(message)
    expect(failing).not.toThrow(/x{31}|too short/)
  })
})

describeOnAnyDatabase('accepts users by their tokens, and logs no part of a token', (at) => {
  it('knows them by their tokens, and writes no part of any token down', async () => {
    const env = { ...issued, JWT_SECRET: SECRET, TOLLGATE_LOG_LEVEL: 'trace', TRUST_PROXY: '1' }
    const server = await startServer([...at()], env)
    const exp = Math.floor(Date.now() / 1_000) + 300
    const ask = async (token: string) => {
      const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': '192.0.2.1' }
      return (await fetch(`${server.url}/api/session`, { headers })).status
    }
    const good = goodToken(BY_SECRET, { exp })
    const wrong = tokenOf(BY_SECRET.header, { ...GOOD_CLAIMS, exp }, byHmac('another'))
    expect([await ask(good), await ask(wrong)]).toEqual([200, 401])
    const statuses = []
    for (let times = 0; times < 35; times += 1) statuses.push(await ask(wrong))
    expect([...new Set(statuses)]).toEqual([401, 429])
    expect(await ask('x'.repeat(100_000)).catch(() => 431)).toBe(431)
    expect(await server.stop()).toBe(0)
    const { stdout, stderr } = server.output()
    for (const part of [...good.split('.'), ...wrong.split('.'), SECRET, 'x'.repeat(100)]) {
      expect(stdout + stderr).not.toContain(part)
    }
  })

  it('signs with other keys after a rotation', async () => {
    for (const more of [[], ['--now']]) {
      const { code, stderr } = await runCommand(['signing-keys', 'rotate', ...at(), ...more])
      expect([code, stderr]).toEqual([0, expect.stringMatching(/^New keys sign from now on\./)])
    }
  })
})
