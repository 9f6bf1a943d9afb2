import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { Database } from '../../src/storage/database.ts'
import { testClock } from '../../src/testing/index.ts'
import { metersOnly } from '../behaviour/meters-catalog.ts'
import { times } from '../setup/form.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'

interface QuotaRow {
  readonly window_name: string | null
  readonly max: string | null
  readonly used: string | null
  readonly remaining: string | null
  readonly allowed: boolean
  readonly reason: string | null
}

describeOnEachDatabase('check_quota', (open) => {
  let db: Database
  let tollgate: TollgateEngine
  const clock = testClock('2026-03-10T12:00:00Z')
  let made = 0
  beforeAll(async () => {
    db = await open()
    tollgate = await createTollgate({ ...metersOnly, database: db, clock })
  })
  afterAll(() => tollgate.close())

  const organization = async () => {
    made += 1
    const id = `quota-${made}`
    await tollgate.organizations.create({ id, name: id, plan: 'free' })
    return id
  }
  const asked = (id: string, meter: string, amount: string | number) =>
    db.query<QuotaRow>(
      `select window_name, max::text, used::text, remaining::text, allowed, reason
       from tollgate.check_quota($1, $2, $3::text::numeric, $4)`,
      [id, meter, String(amount), clock.now().toISOString()],
    )

  it('counts in whole units, and refuses with a reason', async () => {
    const id = await organization()
    const credits = { meter: 'credits', window: 'period', max: 12, behavior: 'hard' } as const
    await tollgate.limits.override({ organizationId: id, ...credits, reason: 'test' })
    expect(await asked(id, 'credits', 100)).toEqual([
      {
        window_name: 'period',
        max: '12',
        used: '0',
        remaining: '12',
        allowed: false,
        reason: 'credits_exhausted',
      },
    ])
    expect(await asked(id, 'credits', '11.999999')).toMatchObject([{ allowed: true, reason: null }])
    expect(await asked(id, 'credits', '12.000001')).toMatchObject([{ allowed: false }])
    await expect(asked(id, 'credits', '0.0000001')).rejects.toMatchObject({ code: '22023' })
    await expect(asked(id, 'tokens', '0.5')).rejects.toMatchObject({ code: '22023' })
    await expect(asked(id, 'tokens', '-1')).rejects.toMatchObject({ code: '22023' })
  })

  it('always answers: an organization that may use nothing gets the reason', async () => {
    const refused = async (id: string, meter = 'tokens') =>
      (await asked(id, meter, 1)).map(({ allowed, reason }) => [allowed, reason])
    const [open_, paused, ended, closed] = [
      ...[await organization(), await organization(), await organization(), await organization()],
    ]
    if (!open_ || !paused || !ended || !closed) throw new Error('four organizations')
    await tollgate.subscriptions.pause({ organizationId: paused })
    await tollgate.subscriptions.cancel({ organizationId: ended, when: 'now' })
    await tollgate.organizations.close({ organizationId: closed })
    expect(await refused('nobody')).toEqual([[false, 'unknown_organization']])
    expect(await refused(closed)).toEqual([[false, 'closed_organization']])
    expect(await refused(ended)).toEqual([[false, 'subscription_ended']])
    expect(await refused(paused)).toEqual([[false, 'subscription_paused']])
    expect(await refused(open_, 'no-such-meter')).toEqual([[false, 'unknown_meter']])
    expect(await refused(open_)).toEqual([[true, null]])
  })

  it('answers like `check`, for any limits and levels', async () => {
    const limit = fc.constantFrom(
      { meter: 'tokens', window: 'hour', behavior: 'hard' },
      { meter: 'tokens', window: 'day', behavior: 'soft' },
      { meter: 'tokens', window: 'month', behavior: 'overage' },
      { meter: 'tokens', window: 'month', behavior: 'overage', cap: 150 },
      { meter: 'tokens', window: 'minute', behavior: 'hard' },
      { meter: 'tokens', window: 'minute', behavior: 'hard', burst: 40 },
      { meter: 'hours', window: 'day', behavior: 'hard' },
    )
    const amount = fc.integer({ min: 1, max: 160 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(limit, fc.integer({ min: 0, max: 120 })), { maxLength: 3 }),
        amount,
        amount,
        fc.boolean(),
        async (limits, used, wanted, isHeld) => {
          const organizationId = await organization()
          for (const [{ meter, ...rest }, max] of limits) {
            const wide = { ...rest, max, reason: 'test' }
            const given = { organizationId, meter, ...wide } as never
            await tollgate.limits.override(given).catch(() => undefined)
          }
          const call = (units: number, meter: string) => ({
            organizationId,
            eventType: 'work',
            quantities: { [meter]: units },
          })
          for (const meter of ['tokens', 'hours']) {
            if (isHeld) await tollgate.reserve(call(used, meter))
            else await tollgate.record(call(used, meter))
          }
          for (const meter of ['tokens', 'hours']) {
            const rows = await asked(organizationId, meter, wanted)
            const { allowed } = await tollgate.check(call(wanted, meter))
            expect(rows.every((row) => row.allowed)).toBe(allowed)
          }
        },
      ),
      { numRuns: times('TOLLGATE_QUOTA_RUNS', { short: 8, long: 300 }) },
    )
  })
})
