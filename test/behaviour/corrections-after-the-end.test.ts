import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { describeByForm } from '../setup/substrates.ts'
import { creditsOnly } from './credits-catalog.ts'
import { type OpenedSubject, openSubject } from './open-subject.ts'

describeByForm('corrections of a subscription that has ended', (open) => {
  let opened: OpenedSubject
  beforeAll(async () => {
    opened = await openSubject(await open(), creditsOnly)
  })
  afterAll(() => opened.tollgate.close())
  const subject = () => opened
  let made = 0
  /** A subscription that ended 12 days after its first period began, and has its last invoice. */
  const ended = async (startsAt: string, invoicedAt: string) => {
    const { tollgate, clock } = subject()
    await clock.set(new Date(Date.parse(startsAt) + 12 * 86_400_000).toISOString())
    const id = await subject().organization('charging', startsAt)
    await tollgate.subscriptions.cancel({ organizationId: id, when: 'now' })
    await closedAt(invoicedAt)
    expect(await invoicesOf(id)).toHaveLength(1)
    return id
  }
  const closedAt = async (at: string) => {
    await subject().clock.set(at)
    return subject().tollgate.admin.closePeriods()
  }
  const use = async (organizationId: string, credits: number, timestamp: string) => {
    made += 1
    const id = `after-${made}`
    const event = { id, organizationId, eventType: 'spend', properties: { credits }, timestamp }
    expect((await subject().tollgate.record(event)).rejected).toEqual([])
    return id
  }
  /** The amounts of each invoice's lines, the oldest invoice first. */
  const invoicesOf = async (organizationId: string) => {
    const { invoices } = subject().tollgate
    const { items } = await invoices.list({ organizationId })
    const all = [...items]
      .reverse()
      .map(({ id }) => invoices.get({ organizationId, invoiceId: id }))
    return (await Promise.all(all)).map(({ lines }) =>
      lines.map(({ kind, amount }) => [kind, amount]),
    )
  }

  it('are billed whatever day the periods of others begin that end with theirs', async () => {
    // Both periods end on February 28, and begin on different days.
    const without = await ended('2025-12-28T00:00:00Z', '2026-01-31T02:00:00Z')
    const late = await ended('2025-12-31T00:00:00Z', '2026-01-31T02:00:00Z')
    await use(late, 120, '2026-01-02T00:00:00Z')
    await closedAt('2026-02-28T02:00:00Z')
    expect((await invoicesOf(late))[1]).toEqual([['adjustment', '1.00']])
    expect(await invoicesOf(without)).toHaveLength(1)
  })

  it('are reported if they cannot be computed, and those of others are billed', async () => {
    const broken = await ended('2026-03-01T00:00:00Z', '2026-04-01T02:00:00Z')
    const late = await ended('2026-03-01T00:00:00Z', '2026-04-01T02:00:00Z')
    const basis = `update tollgate.invoices set basis = $2 where organization_id = $1`
    await subject().db.query(basis, [broken, '{"of": "a later version"}'])
    await use(late, 120, '2026-03-05T00:00:00Z')
    const report = await closedAt('2026-05-01T02:00:00Z')
    expect(report).toMatchObject({ closed: 1, failed: 1 })
    expect(report.organizations).toMatchObject([{ organizationId: broken, status: 'failed' }])
    expect((await invoicesOf(late))[1]).toEqual([['adjustment', '1.00']])
    await subject().db.query(basis, [broken, '[]'])
  })

  it('are billed once if two processes run at once, and not again by the next run', async () => {
    const id = await ended('2026-03-01T00:00:00Z', '2026-04-01T02:00:00Z')
    await use(id, 120, '2026-03-05T00:00:00Z')
    await subject().clock.set('2026-05-01T02:00:00Z')
    const { clock, tollgate } = subject()
    const another = await createTollgate({ ...creditsOnly, database: await open(), clock })
    const reports = await Promise.all([tollgate.admin.closePeriods(), another.admin.closePeriods()])
    await another.close()
    expect(reports.map(({ closed }) => closed).sort()).toEqual([0, 1])
    expect(await closedAt('2026-05-01T03:00:00Z')).toMatchObject({ closed: 0, failed: 0 })
    expect((await invoicesOf(id)).slice(1)).toEqual([[['adjustment', '1.00']]])
  })

  it('are no invoice if they cancel each other', async () => {
    const id = await ended('2026-03-01T00:00:00Z', '2026-04-01T02:00:00Z')
    const undone = await use(id, 120, '2026-03-05T00:00:00Z')
    await subject().tollgate.reverse({ organizationId: id, eventId: undone, reason: 'test' })
    expect(await closedAt('2026-05-01T02:00:00Z')).toMatchObject({ closed: 0 })
    expect(await invoicesOf(id)).toHaveLength(1)
  })

  it('are billed up to the last instant of the subscription, and no use after it', async () => {
    const { tollgate, clock } = subject()
    await clock.set('2026-03-10T00:00:00Z')
    const id = await subject().organization('charging', '2026-03-01T00:00:00Z')
    await tollgate.subscriptions.cancel({ organizationId: id })
    await closedAt('2026-04-01T02:00:00Z')
    expect(await invoicesOf(id)).toEqual([[['subscription', '10.00']]])
    await use(id, 120, '2026-03-31T23:59:59.999Z')
    const after = { organizationId: id, eventType: 'spend', timestamp: '2026-04-01T00:00:00Z' }
    expect((await tollgate.record({ id: 'after-the-end', ...after })).rejected).toHaveLength(1)
    await closedAt('2026-05-01T02:00:00Z')
    expect((await invoicesOf(id)).slice(1)).toEqual([[['adjustment', '1.00']]])
  })

  it('are at the prices of their time, whatever plan it has after the end', async () => {
    const id = await ended('2026-03-01T00:00:00Z', '2026-04-01T02:00:00Z')
    await subject().tollgate.organizations.update({ organizationId: id, plan: 'hundred' })
    await use(id, 120, '2026-03-05T00:00:00Z')
    await closedAt('2026-05-01T02:00:00Z')
    expect((await invoicesOf(id)).slice(1)).toEqual([[['adjustment', '1.00']]])
  })

  it('are billed once if it restarts, before or after their invoice', async () => {
    const { tollgate, clock } = subject()
    const early = await ended('2026-03-01T00:00:00Z', '2026-04-01T02:00:00Z')
    const later = await ended('2026-03-01T00:00:00Z', '2026-04-01T02:00:00Z')
    for (const id of [early, later]) await use(id, 120, '2026-03-05T00:00:00Z')
    await clock.set('2026-05-01T00:00:00Z')
    await tollgate.subscriptions.restart({ organizationId: early })
    await closedAt('2026-05-01T02:00:00Z')
    await tollgate.subscriptions.restart({ organizationId: later })
    await closedAt('2026-06-01T02:00:00Z')
    for (const id of [early, later]) {
      const [, april, may, ...more] = await invoicesOf(id)
      expect(april).toEqual([['adjustment', '1.00']])
      expect(may).toHaveLength(1)
      expect(more).toEqual([])
    }
  })
})
