import { describe, expect, it } from 'vitest'
import { ADMIN_KEY, openDoor } from './door.ts'

const CRON_SECRET = 'the-cron-secret-of-the-tests'
const CRON_PATH = '/api/cron/process-overage'
const bearer = { key: CRON_SECRET }

describe('a scheduler that can only send GET', () => {
  const door = openDoor({ cronSecret: CRON_SECRET })

  it.each([
    CRON_PATH,
    '/api/admin/metrics/aggregate?startDate=2026-03-09T00:00:00Z&endDate=2026-03-10T00:00:00Z',
  ])('runs its job with the secret as a bearer: %s', async (path) => {
    const posted = await door().send('POST', path, bearer)
    const got = await door().send('GET', path, bearer)
    expect([got.status, got.body]).toEqual([200, posted.body])
    expect((await door().send('GET', path)).status).toBe(200)
  })

  it('runs nothing else with it', async () => {
    for (const path of ['/api/admin/jobs', '/api/organizations', '/metrics']) {
      expect((await door().send('GET', path, bearer)).status).toBe(403)
    }
    const body = { credential: CRON_SECRET }
    expect((await door().send('POST', '/api/session', { key: null, body })).status).toBe(401)
  })

  it("must send a credential: an administrator's click on a link runs nothing", async () => {
    const signIn = { key: null, body: { credential: ADMIN_KEY } }
    const { headers } = await door().send('POST', '/api/session', signIn)
    const cookie = headers.get('set-cookie')?.split(';', 1)[0] ?? ''
    const linked = await door().send('GET', CRON_PATH, { key: null, headers: { cookie } })
    expect(linked.status).toBe(401)
    expect((await door().send('HEAD', CRON_PATH, bearer)).status).toBe(405)
    const other = await door().send('PATCH', CRON_PATH, bearer)
    expect([other.status, other.headers.get('allow')]).toEqual([405, 'GET, POST'])
  })
})

describe('a refusal names the wrong part of the request', () => {
  const door = openDoor({ cronSecret: CRON_SECRET })
  const JOBS = '/api/admin/jobs'

  it.each([
    [
      'a wrong key',
      JOBS,
      { authorization: 'Bearer tg_wrong' },
      /Authorization is wrong, .*revoked/,
    ],
    ['no Bearer', JOBS, { authorization: ADMIN_KEY }, /Authorization must be "Bearer <key>"/],
    [
      'a wrong secret',
      CRON_PATH,
      { 'x-cron-secret': 'x'.repeat(20) },
      /x-cron-secret is not the one in CRON_SECRET/,
    ],
    ['no secret', CRON_PATH, {}, /CRON_SECRET in x-cron-secret or as/],
    ['a session that is over', JOBS, { cookie: '__Host-tollgate=over' }, /The session is over/],
    ['a key elsewhere', JOBS, { 'x-api-key': ADMIN_KEY }, /not in x-api-key/],
    ['nothing', JOBS, {}, /send "Authorization: Bearer <key>"/],
  ])('%s', async (_what, path, headers, said) => {
    const method = path === CRON_PATH ? 'POST' : 'GET'
    const { status, body } = await door().send(method, path, { key: null, headers })
    expect(status).toBe(401)
    expect(body.detail).toMatch(said)
    expect(JSON.stringify(body)).not.toContain(ADMIN_KEY)
  })

  it('a misplaced field', async () => {
    const body = { organizationId: 'acme', quantities: {} }
    const settled = await door().send('POST', '/api/usage/reservations/none/settle', { body })
    expect([settled.status, settled.body.detail]).toEqual([
      400,
      'organizationId: is required, in the query: ?organizationId=…',
    ])
  })

  it('an unknown path, with the nearest known path', async () => {
    const { status, body } = await door().send('POST', '/api/usage/trak')
    expect(status).toBe(404)
    expect(body.detail).toBe('there is no such path here; the nearest is /api/usage/track')
    expect(body.fix).toMatch(/^Check the path/)
  })
})
