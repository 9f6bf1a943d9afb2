import { expect, it } from 'vitest'
import { describeTollgate } from './describe-tollgate.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const PRO = 'api-platform/pro'

describeTollgate('closing billing periods', (subject) => {
  let ids = 0
  const use = async (organizationId: string, calls: number, timestamp?: Date) => {
    ids += 1
    const { rejected } = await subject().tollgate.record({
      id: `use-${ids}`,
      organizationId,
      eventType: 'api_call',
      quantities: { api_calls: calls },
      ...(timestamp && { timestamp: timestamp.toISOString() }),
    })
    expect(rejected).toEqual([])
  }
  /** Advances to the end of the current period, plus an offset. */
  const endPeriod = async (organizationId: string, furtherMs = HOUR) => {
    const { tollgate, clock } = subject()
    const { periodEnd } = await tollgate.invoices.preview({ organizationId })
    await clock.set(new Date(Date.parse(periodEnd) + furtherMs))
    return new Date(periodEnd)
  }
  const onlyInvoice = async (organizationId: string) => {
    const { invoices } = subject().tollgate
    const { items } = await invoices.list({ organizationId })
    expect(items.length).toBe(1)
    return invoices.get({ organizationId, invoiceId: items[0]?.id as string })
  }

  it('bills the price and 5,000 calls past 100,000: $49 and $5', async () => {
    const { tollgate, organization } = subject()
    const id = await organization(PRO)
    await use(id, 105_000)
    const draft = await tollgate.invoices.preview({ organizationId: id })
    expect(draft).toMatchObject({ state: 'draft', total: '54.00', totalMinorUnits: 5_400 })
    await endPeriod(id)
    const report = await tollgate.billing.run()
    expect(report).toMatchObject({ failed: 0, waiting: 0 })
    const { lines, ...invoice } = await onlyInvoice(id)
    expect(invoice).toMatchObject({ state: 'final', total: '54.00', dueMinorUnits: 5_400 })
    expect(lines).toEqual(draft.lines)
    expect(lines.map(({ kind, amount, units }) => [kind, amount, units])).toEqual([
      ['subscription', '49.00', null],
      ['overage', '5.00', '5000'],
    ])
    expect(
      lines[1]?.steps.map(({ kind, quantity, price, amount }) => [kind, quantity, price, amount]),
    ).toEqual([
      ['included', '100000', undefined, '0'],
      ['units', '5000', '0.001', '5'],
    ])
    const { items } = await tollgate.audit.list({ organizationId: id, category: 'billing' })
    expect(items).toMatchObject([{ action: 'period.closed', subject: `invoice:${invoice.id}` }])
  })

  it('waits for late events and counts them', async () => {
    const { tollgate, organization } = subject()
    const id = await organization(PRO)
    await use(id, 100_000)
    const end = await endPeriod(id, HOUR - 1)
    await tollgate.billing.run()
    expect((await tollgate.invoices.list({ organizationId: id })).items).toEqual([])
    await use(id, 700, new Date(end.getTime() - 1))
    await use(id, 40_000)
    await subject().clock.advance(1)
    await tollgate.billing.run()
    const { lines } = await onlyInvoice(id)
    expect(lines[1]).toMatchObject({ kind: 'overage', units: '700', amount: '0.70' })
  })

  it('closes a period once, however many runs and processes close it', async () => {
    const { tollgate, organization } = subject()
    const organizations = [await organization(PRO), await organization(PRO)]
    for (const id of organizations) await use(id, 100_001)
    await endPeriod(organizations[0] as string)
    const run = () => tollgate.billing.run()
    await Promise.all([run(), run(), run(), run()])
    expect((await run()).closed).toBe(0)
    for (const id of organizations) expect((await onlyInvoice(id)).total).toBe('49.00')
  })

  it('closes every missed period, each with its own use', async () => {
    const { tollgate, organization } = subject()
    const id = await organization(PRO)
    for (const over of [1_000, 0, 3_000]) {
      await use(id, 100_000 + over)
      await endPeriod(id, 0)
    }
    await subject().clock.advance(HOUR)
    await tollgate.billing.run()
    const { items, nextCursor } = await tollgate.invoices.list({ organizationId: id, limit: 2 })
    expect(items.map(({ total }) => total)).toEqual(['52.00', '49.00'])
    const rest = await tollgate.invoices.list({ organizationId: id, cursor: nextCursor as string })
    expect(rest).toMatchObject({ items: [{ total: '50.00' }], nextCursor: null })
  })

  it('bills no period before the organization was imported', async () => {
    const { tollgate, clock, organization } = subject()
    const id = await organization(PRO, new Date(clock.now().getTime() - 400 * DAY).toISOString())
    await tollgate.billing.run()
    expect((await tollgate.invoices.list({ organizationId: id })).items).toEqual([])
    await endPeriod(id)
    await tollgate.billing.run()
    expect((await onlyInvoice(id)).total).toBe('49.00')
  })

  it('bills the plan of the period, even if it changes later', async () => {
    const { tollgate, organization } = subject()
    const id = await organization(PRO)
    await use(id, 105_000)
    await endPeriod(id, HOUR / 2)
    await tollgate.organizations.update({ organizationId: id, plan: 'api-platform/free' })
    await subject().clock.advance(HOUR / 2)
    await tollgate.billing.run()
    expect((await onlyInvoice(id)).lines.map(({ amount }) => amount)).toEqual(['49.00', '5.00'])
  })

  it('bills each plan by its seconds of the period', async () => {
    const { tollgate, clock, organization } = subject()
    const id = await organization(PRO)
    const { periodStart, periodEnd } = await tollgate.invoices.preview({ organizationId: id })
    await clock.set(new Date((Date.parse(periodStart) + Date.parse(periodEnd)) / 2))
    await tollgate.organizations.update({ organizationId: id, plan: 'api-platform/enterprise' })
    await endPeriod(id)
    await tollgate.billing.run()
    const { lines } = await onlyInvoice(id)
    expect(lines.map(({ kind, amount }) => [kind, amount])).toEqual([
      ['proration', '24.50'],
      ['proration', '250.00'],
    ])
  })

  it('bills a closed organization up to its last day, and nothing after it', async () => {
    const { tollgate, clock, organization } = subject()
    const id = await organization(PRO)
    await use(id, 102_000)
    const { periodStart, periodEnd } = await tollgate.invoices.preview({ organizationId: id })
    await clock.set(new Date((Date.parse(periodStart) + Date.parse(periodEnd)) / 2))
    await tollgate.organizations.close({ organizationId: id })
    await clock.advance(90 * DAY)
    await tollgate.billing.run()
    const { lines } = await onlyInvoice(id)
    expect(lines.map(({ amount }) => amount)).toEqual(['24.50', '2.00'])
  })

  it('continues after a failure, reports it, and retries it in the next run', async () => {
    const { tollgate, db, organization } = subject()
    const [first, failing, last] = [
      await organization(PRO),
      await organization(PRO),
      await organization(PRO),
    ] as [string, string, string]
    await db.script(`
      create function tollgate.fail_one() returns trigger language plpgsql as $$
      begin
        if new.organization_id = '${failing}' then raise exception 'the ledger is torn'; end if;
        return new;
      end $$;
      create trigger fail_one before insert on tollgate.invoices
        for each row execute function tollgate.fail_one();`)
    await endPeriod(first)
    const report = await tollgate.billing.run()
    await db.script('drop function tollgate.fail_one() cascade')
    expect(report.organizations).toMatchObject([
      { organizationId: failing, status: 'failed', reason: expect.stringContaining('torn') },
    ])
    expect(report).toMatchObject({ failed: 1, more: 0 })
    for (const id of [first, last]) await onlyInvoice(id)
    expect((await tollgate.invoices.list({ organizationId: failing })).items).toEqual([])
    expect(
      (await tollgate.audit.list({ organizationId: failing, category: 'billing' })).items,
    ).toEqual([])
    await tollgate.billing.run()
    expect((await onlyInvoice(failing)).total).toBe('49.00')
  })

  it('refuses an unknown invoice and an invalid cursor', async () => {
    const { tollgate, organization } = subject()
    const id = await organization(PRO)
    const other = await organization(PRO)
    await endPeriod(other)
    await tollgate.billing.run()
    const { id: invoiceId } = await onlyInvoice(other)
    for (const unknown of [invoiceId, 'no-invoice', '00000000-0000-7000-8000-000000000000']) {
      const asked = tollgate.invoices.get({ organizationId: id, invoiceId: unknown })
      await expect(asked, unknown).rejects.toMatchObject({ code: 'not_found' })
    }
    const asked = tollgate.invoices.list({ organizationId: id, cursor: 'yesterday' })
    await expect(asked).rejects.toMatchObject({ code: 'invalid_request' })
  })
})
