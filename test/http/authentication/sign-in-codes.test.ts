import { describe, expect, it } from 'vitest'
import { createHandler, createSignInCodes } from '../../../src/server.ts'
import { ADMIN_KEY, openDoor, sender } from '../door.ts'

const HERE = 'http://127.0.0.1:4000'

describe('a sign-in code', () => {
  const door = openDoor()
  const opened = (adminKey: string | null = ADMIN_KEY) => {
    const { tollgate, clock } = door()
    const codes = createSignInCodes(clock.now)
    const from = { address: '127.0.0.1' as string | undefined }
    const handler = createHandler(tollgate, {
      ...(adminKey !== null && { adminKey }),
      now: clock.now,
      signInCodes: codes,
      clientAddress: () => from.address,
    })
    const send = sender(handler, HERE)
    const exchange = (code: unknown, headers = {}) =>
      send('POST', '/api/session/code', { key: null, body: { code }, headers })
    return { codes, exchange, from, handler, send }
  }

  it.each([ADMIN_KEY, null])(
    'opens a session of the administrator, with the key %s',
    async (key) => {
      const { codes, exchange, send } = opened(key)
      const { status, headers, body } = await exchange(codes.issue(), { origin: HERE })
      expect(status).toBe(201)
      expect(body).toEqual({
        kind: 'admin',
        actor: 'admin',
        expiresAt: new Date(door().clock.now().getTime() + 8 * 3_600_000).toISOString(),
        csrfToken: expect.stringMatching(/^[\w-]{43}$/),
      })
      const cookie = headers.get('set-cookie')?.split(';', 1)[0] ?? ''
      const asked = await send('GET', '/api/organizations', { key: null, headers: { cookie } })
      expect(asked.status).toBe(200)
      const made = {
        key: null,
        body: { id: `by-code-${key === null}`, name: 'Made', plan: 'rag-chatbot/trial' },
        headers: { cookie, origin: HERE, 'x-tollgate-csrf': body.csrfToken },
      }
      expect((await send('POST', '/api/organizations', made)).status).toBe(201)
    },
  )

  it('is valid once', async () => {
    const { codes, exchange } = opened()
    const [code, other] = [codes.issue(), codes.issue()]
    const both = await Promise.all([exchange(code), exchange(code)])
    expect(both.map(({ status }) => status).sort()).toEqual([201, 401])
    expect((await exchange(other)).status).toBe(201)
  })

  it('is valid for five minutes', async () => {
    const { codes, exchange } = opened()
    const [early, late] = [codes.issue(), codes.issue()]
    door().clock.advance(299_999)
    expect((await exchange(early)).status).toBe(201)
    door().clock.advance(1)
    expect(await exchange(late)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
  })

  it('is refused from other machines and sites, and stays valid', async () => {
    const { codes, exchange, from, handler } = opened()
    const code = codes.issue()
    for (const headers of [
      { 'x-forwarded-for': '10.1.1.1' },
      { forwarded: 'for=10.1.1.1' },
      { origin: 'http://evil.test' },
      { 'sec-fetch-site': 'cross-site' },
      { host: 'evil.test' },
    ]) {
      expect(await exchange(code, headers)).toMatchObject({ status: 403 })
    }
    for (const address of ['10.1.1.1', '192.168.0.7', undefined]) {
      from.address = address
      expect((await exchange(code)).status).toBe(403)
    }
    from.address = '127.0.0.1'
    const elsewhere = sender(handler, 'http://tollgate.test')
    const sent = { key: null, body: { code } }
    expect((await elsewhere('POST', '/api/session/code', sent)).status).toBe(403)
    expect((await exchange(code)).status).toBe(201)
  })

  it('is refused if invented, and counts as a guess', async () => {
    const { exchange } = opened()
    const statuses: number[] = []
    for (let attempt = 0; attempt < 32; attempt += 1) {
      statuses.push((await exchange(`guess-${attempt}`)).status)
    }
    expect(statuses.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 401))
    expect(statuses.slice(30)).toEqual([429, 429])
    expect((await exchange('')).status).toBe(400)
  })

  it('is unknown to a handler without codes', async () => {
    const send = sender(createHandler(door().tollgate, { clientAddress: () => '127.0.0.1' }), HERE)
    const sent = { key: null, body: { code: createSignInCodes().issue() } }
    expect((await send('POST', '/api/session/code', sent)).status).toBe(401)
  })
})
