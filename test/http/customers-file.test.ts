import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import type { Customer } from '../../src/contract/operator-reports.ts'
import { ADMIN_KEY, openDoor } from './door.ts'

const PATH = '/api/admin/analytics/users'

describe("the customers' file", () => {
  const door = openDoor()

  it('contains all matching customers in order, with the same figures as the pages', async () => {
    const { organization, send, tollgate } = door()
    for (const plan of ['trial', 'starter', 'pro', 'starter']) {
      const { id } = await organization(`rag-chatbot/${plan}`)
      await tollgate.record({ organizationId: id, eventType: 'api_call' })
    }
    await tollgate.organizations.create({
      id: 'formula',
      name: '=1+1, "quoted"',
      plan: 'rag-chatbot/starter',
    })
    const query = 'plan=rag-chatbot/starter&sort=-revenue'
    const { items } = (await send('GET', `${PATH}?${query}&limit=200`)).body as {
      items: Customer[]
    }
    expect(items).toHaveLength(3)
    const csv = await send('GET', `${PATH}?${query}&format=csv`)
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(csv.headers.get('content-disposition')).toContain('customers-platform.csv')
    const rows = parse(csv.body, { columns: true }) as Record<string, string>[]
    expect(rows.map((row) => row.organizationId)).toEqual(
      items.map(({ organizationId }) => organizationId),
    )
    for (const [place, row] of rows.entries()) {
      const item = items[place] as Customer
      expect(row).toMatchObject({
        plan: item.plan,
        standing: item.standing,
        revenueUsd: item.revenueUsd,
        periodEnd: item.period.end,
        calls: String(item.calls),
      })
    }
    // No cell begins like a spreadsheet formula.
    expect(rows.find(({ organizationId }) => organizationId === 'formula')?.name).toBe(
      '\'=1+1, "quoted"',
    )
    const request = new Request(`http://tollgate.test${PATH}?${query}&format=jsonl`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    })
    const jsonl = await (await door().handler(request)).text()
    const lines = jsonl.trim().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(items)
  })

  it('is for the administrator, and follows the filters', async () => {
    const { organization, send } = door()
    const { key } = await organization()
    expect((await send('GET', `${PATH}?format=csv`, { key })).status).toBe(403)
    const paged = await send('GET', `${PATH}?format=csv&limit=3`)
    expect([paged.status, paged.body.errors?.[0].field]).toEqual([400, 'limit'])
    const near = await send('GET', `${PATH}?format=csv&status=reached`)
    expect(near.body.trim().split('\n')).toHaveLength(1)
  })
})
