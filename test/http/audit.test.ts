import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import { ADMIN_KEY, openDoor } from './door.ts'

const door = openDoor()

const founded = async (...names: readonly string[]): Promise<string> => {
  const { tollgate, organization } = door()
  const { id } = await organization()
  for (const name of names)
    await tollgate.apiKeys.create({ organizationId: id, name }, { actor: 'user:ann' })
  return id
}

const audit = (id: string, query = '') =>
  door().send('GET', `/api/organizations/${id}/audit${query}`)

describe('the audit log over HTTP', () => {
  it('is listed by page, newest first, with a cursor', async () => {
    const id = await founded('one', 'two')
    const { status, body } = await audit(id, '?limit=2')
    expect(status).toBe(200)
    expect(body.items).toMatchObject([
      { id: `${id}:4`, category: 'keys', actor: 'user:ann', new: { name: 'two' } },
      { id: `${id}:3`, category: 'keys', new: { name: 'one' } },
    ])
    const next = await audit(id, `?limit=2&cursor=${body.nextCursor}`)
    expect(next.body.items).toHaveLength(2)
    expect(next.body.nextCursor).toBeNull()
  })

  it('accepts filters, and names an invalid one', async () => {
    const id = await founded('one')
    const found = await audit(
      id,
      '?category=keys&actor=user:ann&from=2026-03-10T12:00:00Z&to=2026-03-10T13:00:00Z&resolved=false',
    )
    expect(found.body.items).toHaveLength(1)
    for (const [query, field] of [
      ['?category=nothing', 'category'],
      ['?from=yesterday', 'from'],
      ['?resolved=maybe', 'resolved'],
      ['?limit=201', 'limit'],
      ['?format=xml', 'format'],
      ['?cursor=first', 'cursor'],
      ['?colour=red', 'colour'],
    ] as const) {
      const { status, body } = await audit(id, query)
      expect([query, status, body.errors?.[0]?.field]).toEqual([query, 400, field])
    }
  })

  it('is for the administrator, not for keys of its own or another organization', async () => {
    const { send, organization } = door()
    const { id, key } = await organization()
    const other = await organization()
    const as = async (credential: string) =>
      (await send('GET', `/api/organizations/${id}/audit`, { key: credential })).status
    expect([await as(key), await as(other.key)]).toEqual([403, 403])
    expect((await send('GET', '/api/admin/audit', { key })).status).toBe(403)
    expect((await audit('nobody')).status).toBe(404)
  })

  it('keeps the platform’s own entries separate', async () => {
    const { body } = await door().send('GET', '/api/admin/audit?category=catalog&limit=1')
    expect(body.items).toMatchObject([{ organizationId: null, action: 'catalog.applied' }])
  })

  it("resolves an entry once, with the administrator's name", async () => {
    const { send } = door()
    const id = await founded('one')
    const path = `/api/organizations/${id}/audit/1/resolve`
    const { status, body } = await send('POST', path, { body: { note: 'fine' } })
    expect(status).toBe(200)
    expect(body).toMatchObject({ sequence: 1, resolution: { note: 'fine', actor: 'admin' } })
    expect((await send('POST', path, { body: { note: 'fine' } })).status).toBe(409)
    const wrong = await send('POST', path, { body: {} })
    expect([wrong.status, wrong.body.errors[0].field]).toEqual([400, 'note'])
    const missing = await send('POST', path.replace('/1/', '/99/'), { body: { note: 'x' } })
    expect(missing.status).toBe(404)
    const platform = await send('POST', '/api/admin/audit/1/resolve', { body: { note: 'ours' } })
    expect(platform.body).toMatchObject({ organizationId: null, resolution: { note: 'ours' } })
  })

  it('can be exported completely as JSON lines', async () => {
    const names = Array.from({ length: 30 }, (_, n) => `key ${n}`)
    const id = await founded(...names)
    const url = `http://tollgate.test/api/organizations/${id}/audit?format=jsonl&actor=user:ann`
    const authorization = `Bearer ${ADMIN_KEY}`
    const response = await door().handler(new Request(url, { headers: { authorization } }))
    const { headers } = response
    expect(headers.get('content-type')).toBe('application/jsonl')
    expect(headers.get('content-disposition')).toBe(`attachment; filename="audit-${id}.jsonl"`)
    const events = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events.map((event) => event.new.name)).toEqual(names.toReversed())
    const { items } = (await audit(id, '?limit=1')).body
    expect(events[0]).toEqual(items[0])
  })

  it('can be exported as CSV without formulas', async () => {
    const { tollgate } = door()
    const id = await founded()
    const actor = '=HYPERLINK("http://evil.test","x")'
    const subject = '＠SUM(1+1),"quoted"\r\nand more'
    await tollgate.admin.audit.append(
      id,
      { category: 'chat', action: 'x.done', subject },
      { actor },
    )
    const { headers, body } = await audit(id, '?format=csv&category=chat')
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8')
    const [row, ...others] = parse(String(body), { columns: true, record_delimiter: '\r\n' })
    expect(others).toEqual([])
    expect(row).toMatchObject({
      category: 'chat',
      action: 'x.done',
      old: '',
      sampledOneIn: '',
      actor: `'${actor}`,
      subject: `'${subject}`,
    })
  })

  it('reports invalid input before it starts a file', async () => {
    const { status, body } = await audit('nobody', '?format=csv')
    expect([status, body.code]).toEqual([404, 'not_found'])
    const both = await audit(await founded(), '?format=csv&limit=3')
    expect([both.status, both.body.errors?.[0]?.field]).toEqual([400, 'limit'])
  })
})
