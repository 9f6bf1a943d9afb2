import { beforeAll, describe, expect, it } from 'vitest'
import { createHandler, type Handler } from '../../src/server.ts'
import { ADMIN_KEY, openDoor } from './door.ts'

const EVENTS = 300
const FILLER = 'x'.repeat(4_000)

describe('a list as a file', () => {
  const door = openDoor()
  let handler: Handler
  let ids: string[]
  beforeAll(async () => {
    const exports = { perOrganization: 2, inAll: 3 }
    handler = createHandler(door().tollgate, { adminKey: ADMIN_KEY, exports })
    const plan = 'api-platform/enterprise'
    ids = [(await door().organization(plan)).id, (await door().organization(plan)).id]
    const events = Array.from({ length: EVENTS }, (_, n) => ({
      id: `e-${n}`,
      organizationId: ids[0] as string,
      eventType: 'api_call',
      properties: { filler: FILLER },
    }))
    expect((await door().tollgate.record(events)).accepted).toBe(EVENTS)
  })
  const pathOf = (id: string | undefined) => `/api/organizations/${id}/usage/history?format=jsonl`
  const ask = (id: string | undefined, method = 'GET') =>
    handler(
      new Request(`http://tollgate${pathOf(id)}`, {
        method,
        headers: { authorization: `Bearer ${ADMIN_KEY}` },
      }),
    )

  it('contains every event once', async () => {
    const lines = (await (await ask(ids[0])).text()).trim().split('\n')
    const seen = new Set(lines.map((line) => JSON.parse(line).id))
    expect([lines.length, seen.size]).toEqual([EVENTS, EVENTS])
  })

  it('has a maximum of concurrent readers per organization and in total, and frees their places', async () => {
    const first = [await ask(ids[0]), await ask(ids[0])]
    const own = await ask(ids[0])
    expect([own.status, ((await own.json()) as { code: string }).code]).toEqual([
      429,
      'too_many_streams',
    ])
    expect(Number(own.headers.get('retry-after'))).toBeGreaterThan(0)
    const other = await ask(ids[1])
    const inAll = await ask(ids[1])
    expect([other.status, inAll.status]).toEqual([200, 503])
    expect(first.map(({ status }) => status)).toEqual([200, 200])
    // One is read to its end, one is abandoned, and one was a HEAD request.
    await first[0]?.text()
    await first[1]?.body?.cancel()
    await other.body?.cancel()
    for (let n = 0; n < 5; n++) expect((await ask(ids[0], 'HEAD')).status).toBe(200)
    const again = [await ask(ids[0]), await ask(ids[0]), await ask(ids[1])]
    expect(again.map(({ status }) => status)).toEqual([200, 200, 200])
    for (const { body } of again) await body?.cancel()
  })
})
