import { describe, expect, it } from 'vitest'
import { createFailedAttempts } from '../../../src/http/authentication/failed-attempts.ts'
import { createHandler, type FailedSignIn, type HandlerOptions } from '../../../src/server.ts'
import { ADMIN_KEY, openDoor, type SendOptions, sender } from '../door.ts'
import { BY_SECRET, goodToken } from './bad-tokens.ts'
import { AUDIENCE, byHmac, ISSUER, NOW_SECONDS, SECRET } from './issuer.ts'

const jwt = { issuer: ISSUER, audience: AUDIENCE, secret: SECRET }
const CRON_SECRET = 'the-secret-of-the-schedule'
const attempts = {
  perAddress: { perMinute: 6, burst: 3 },
  perKeyPrefix: { perMinute: 6, burst: 5 },
}

describe('wrong credentials', () => {
  const door = openDoor()

  /** Its own handler, and a function that calls it from an address. */
  const opened = (more: HandlerOptions = {}) => {
    const failed: FailedSignIn[] = []
    const handler = createHandler(door().tollgate, {
      adminKey: ADMIN_KEY,
      cronSecret: CRON_SECRET,
      jwt,
      attempts,
      now: door().clock.now,
      clientAddress: (request) => request.headers.get('x-test-address') ?? undefined,
      onFailedSignIn: (attempt) => failed.push(attempt),
      ...more,
    })
    const ask = async (address: string | undefined, options: SendOptions) => {
      const { headers = {}, ...rest } = options
      return sender(handler)('GET', '/api/session', {
        ...rest,
        headers: { ...headers, ...(address && { 'x-test-address': address }) },
      })
    }
    const statusOf = async (address: string | undefined, key: string) =>
      (await ask(address, { key })).status
    const exhaust = async (address: string) => {
      for (let times = 0; times < 3; times += 1) {
        expect(await statusOf(address, `wrong-${times}`)).toBe(401)
      }
    }
    return { ask, exhaust, failed, statusOf }
  }

  it('from one address get 429 after several tries, until they may be tried again', async () => {
    const { ask, exhaust, statusOf } = opened()
    await exhaust('192.0.2.1')
    const { status, headers, body } = await ask('192.0.2.1', { key: 'wrong' })
    expect([status, body.code, headers.get('retry-after')]).toEqual([
      429,
      'too_many_attempts',
      '10',
    ])
    await door().clock.advance(9_999)
    expect(await statusOf('192.0.2.1', 'wrong')).toBe(429)
    await door().clock.advance(1)
    expect([await statusOf('192.0.2.1', 'wrong'), await statusOf('192.0.2.1', 'wrong')]).toEqual([
      401, 429,
    ])
  })

  it('delay nobody at another address, but everybody in one IPv6 network', async () => {
    const { exhaust, statusOf } = opened()
    await exhaust('192.0.2.1')
    expect(await statusOf('192.0.2.2', 'wrong')).toBe(401)
    await exhaust('2001:db8:1:2::1')
    expect(await statusOf('2001:db8:1:2:ffff::9', 'wrong')).toBe(429)
    expect(await statusOf('2001:db8:1:3::1', 'wrong')).toBe(401)
  })

  it('never delay valid credentials, even new ones', async () => {
    const { ask, exhaust, statusOf } = opened()
    const { key } = await door().organization()
    const service = await door().tollgate.serviceKeys.create({ name: 'x', scopes: ['gate.use'] })
    const admin = await door().tollgate.admin.createAdminKey({ name: 'x' })
    await exhaust('192.0.2.1')
    for (const good of [ADMIN_KEY, key, service.key, admin.key]) {
      expect(await statusOf('192.0.2.1', good)).toBe(200)
      expect(await statusOf('192.0.2.1', 'wrong')).toBe(429)
    }
    const cron = { key: null, headers: { 'x-cron-secret': CRON_SECRET } }
    expect((await ask('192.0.2.1', cron)).status).toBe(200)
    const signIn = (credential: string) =>
      sender(createHandler(door().tollgate, { adminKey: ADMIN_KEY, attempts }))(
        ...(['POST', '/api/session', { key: null, body: { credential } }] as const),
      )
    expect((await signIn(ADMIN_KEY)).status).toBe(201)
  })

  it('never block a valid key at an address that also sends an expired one in a loop', async () => {
    const { statusOf } = opened()
    const { id, key } = await door().organization()
    const stale = await door().tollgate.apiKeys.create({ organizationId: id, name: 'stale' })
    await door().tollgate.apiKeys.revoke({ organizationId: id, keyId: stale.id })
    const outcomes = []
    for (let times = 0; times < 5; times += 1) await statusOf('192.0.2.1', stale.key)
    for (let times = 0; times < 40; times += 1) {
      await statusOf('192.0.2.1', stale.key)
      outcomes.push(await statusOf('192.0.2.1', key))
      await door().clock.advance(500)
    }
    expect(new Set(outcomes)).toEqual(new Set([200]))
  })

  it('delay an admin key short enough to guess, unless it was valid before', async () => {
    const adminKey = 'fifteen-letters'
    const { exhaust, statusOf } = opened({ adminKey })
    await exhaust('192.0.2.1')
    expect(await statusOf('192.0.2.1', adminKey)).toBe(429)
    expect(await statusOf('192.0.2.2', adminKey)).toBe(200)
    expect(await statusOf('192.0.2.1', adminKey)).toBe(200)
    const longer = opened({ adminKey: `${adminKey}!` })
    await longer.exhaust('192.0.2.1')
    expect(await longer.statusOf('192.0.2.1', `${adminKey}!`)).toBe(200)
  })

  it('never delay signed tokens', async () => {
    const { ask, exhaust, statusOf } = opened()
    const { id, key } = await door().organization()
    const path = `/api/organizations/${id}/read-tokens`
    const { token } = (await door().send('POST', path, { key, body: {} })).body
    const signIn = { key: null, body: { credential: ADMIN_KEY } }
    const session = (await door().send('POST', '/api/session', signIn)).headers
    const cookie = session.get('set-cookie')?.split(';', 1)[0] ?? ''
    expect(await statusOf('192.0.2.1', key)).toBe(200)
    await exhaust('192.0.2.1')
    for (const good of [key, token, goodToken(BY_SECRET)]) {
      expect(await statusOf('192.0.2.1', good)).toBe(200)
    }
    expect((await ask('192.0.2.1', { key: null, headers: { cookie } })).status).toBe(200)
    await door().tollgate.organizations.close({ organizationId: id })
    // It is still checked each time, and valid no more.
    expect(await statusOf('192.0.2.1', key)).toBe(429)
  })

  it('with one key prefix get 429 from any address, and the correct key is never delayed', async () => {
    const { statusOf } = opened()
    const { key } = await door().organization()
    const guess = (times: number) => `${key.slice(0, 10)}${`${times}`.padStart(22, 'x')}`
    const statuses = []
    for (let times = 0; times < 7; times += 1) {
      statuses.push(await statusOf(`192.0.2.${times}`, guess(times)))
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429])
    expect(await statusOf('192.0.2.99', key)).toBe(200)
    expect(await statusOf('192.0.2.99', `tg_${'y'.repeat(32)}`)).toBe(401)
  })

  it('that were valid once never count', async () => {
    const { statusOf } = opened()
    const expired = goodToken(BY_SECRET, { exp: NOW_SECONDS - 3_600 })
    for (let times = 0; times < 10; times += 1) {
      expect(await statusOf('192.0.2.1', expired)).toBe(401)
    }
    expect((await opened().ask('192.0.2.1', { key: null })).status).toBe(401)
  })

  it('of every kind count', async () => {
    const cookie = { cookie: '__Host-tollgate=tgs_x.y.z' }
    const forged = goodToken({ ...BY_SECRET, signer: byHmac('another') })
    const kinds: [string, SendOptions][] = [
      ['key', { key: 'nobody' }],
      ['jwt', { key: forged }],
      ['read_token', { key: 'tgr_x.y.z' }],
      ['session', { key: null, headers: cookie }],
      ['cron_secret', { key: null, headers: { 'x-cron-secret': 'wrong' } }],
    ]
    for (const [kind, options] of kinds) {
      const { ask, failed } = opened()
      const statuses = []
      for (let times = 0; times < 4; times += 1) {
        statuses.push((await ask('192.0.2.1', options)).status)
      }
      expect(statuses, kind).toEqual([401, 401, 401, 429])
      expect(failed.map((attempt) => attempt.kind)).toEqual([kind, kind, kind])
    }
  })

  it('are recorded in the audit log with only their public part', async () => {
    // The log stores the first of each minute and samples the rest.
    await door().clock.advance(60_000)
    const { failed, statusOf } = opened()
    const wrong = `tg_abcdefg${'h'.repeat(22)}`
    await statusOf('192.0.2.77', wrong)
    await statusOf('192.0.2.77', 'short-secret')
    expect(failed).toMatchObject([
      { category: 'security', action: 'sign_in.failed', keyPrefix: 'tg_abcdefg' },
      { kind: 'key', keyPrefix: undefined, address: '192.0.2.77' },
    ])
    await door().tollgate.flush()
    const { items } = await door().tollgate.audit.listPlatform({ action: 'sign_in.failed' })
    const ours = items.filter(({ address }) => address === '192.0.2.77')
    expect(ours).toMatchObject([
      { category: 'security', subject: 'sign_in:key', new: null },
      { category: 'security', subject: 'sign_in:key', new: { keyPrefix: 'tg_abcdefg' } },
    ])
    expect(JSON.stringify([failed, items])).not.toMatch(/h{22}|short-secret/)
  })

  it('at a sign-in count with all others', async () => {
    const { exhaust, statusOf } = opened()
    await exhaust('192.0.2.1')
    expect(await statusOf('192.0.2.1', 'wrong')).toBe(429)
    const handler = createHandler(door().tollgate, {
      adminKey: ADMIN_KEY,
      attempts,
      now: door().clock.now,
      clientAddress: () => '192.0.2.3',
    })
    const signIn = async (credential: string) =>
      (await sender(handler)('POST', '/api/session', { key: null, body: { credential } })).status
    const statuses = []
    for (const guess of ['a', 'b', 'c', 'd', ADMIN_KEY]) statuses.push(await signIn(guess))
    expect(statuses).toEqual([401, 401, 401, 429, 201])
  })

  it('are counted for ten thousand addresses, the most recent ones', () => {
    const { failed, waitMs } = createFailedAttempts(attempts, door().clock.now)
    const addressOf = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`
    const fail = (address: string) => failed({ address, keyPrefix: undefined })
    for (let times = 0; times < 3; times += 1) fail('192.0.2.1')
    for (let index = 0; index < 9_999; index += 1) fail(addressOf(index))
    expect(waitMs('192.0.2.1')).toBe(10_000)
    fail('192.0.2.2')
    expect(waitMs('192.0.2.1')).toBe(0)
    expect([fail(addressOf(9_998)), fail(addressOf(9_998)), fail(addressOf(9_998))]).toEqual([
      0, 0, 10_000,
    ])
  })
})

describe('the cron secret', () => {
  const door = openDoor()
  const asks = async (cronSecret: string | undefined, given: string) => {
    const handler = createHandler(door().tollgate, { cronSecret, now: door().clock.now })
    const headers = { 'x-cron-secret': given }
    return sender(handler)('GET', '/api/session', { key: null, headers })
  }

  it('authenticates the scheduler, which can do nothing else', async () => {
    expect((await asks(CRON_SECRET, CRON_SECRET)).body).toEqual({ kind: 'cron', actor: 'cron' })
    const handler = createHandler(door().tollgate, { cronSecret: CRON_SECRET })
    const headers = { 'x-cron-secret': CRON_SECRET }
    for (const path of ['/metrics', '/api/admin/config', '/api/usage/current']) {
      expect((await sender(handler)('GET', path, { key: null, headers })).status).toBe(403)
    }
  })

  it.each(['', CRON_SECRET.slice(1), `${CRON_SECRET}x`, CRON_SECRET.toUpperCase(), 'undefined'])(
    'cannot be %j',
    async (given) => {
      expect((await asks(CRON_SECRET, given)).status).toBe(401)
      expect((await asks(undefined, given)).status).toBe(401)
    },
  )

  it('also works as a bearer token, and has at least 16 characters', async () => {
    const handler = createHandler(door().tollgate, { cronSecret: CRON_SECRET })
    const { status, body } = await sender(handler)('GET', '/api/session', { key: CRON_SECRET })
    expect([status, body.kind]).toEqual([200, 'cron'])
    for (const cronSecret of ['', 'fifteen-letters', 'with a space in it', 'ü'.repeat(20)]) {
      expect(() => createHandler(door().tollgate, { cronSecret })).toThrow(/^cronSecret: /)
    }
  })
})
