import { expect, it } from 'vitest'
import { held } from '../setup/held.ts'
import { describeEngine } from './describe-engine.ts'
import { metersOnly } from './meters-catalog.ts'

describeEngine('a limit that changes within its window', metersOnly, (subject) => {
  const work = (organizationId: string, tokens: number, timestamp?: string) => ({
    organizationId,
    eventType: 'work',
    quantities: { tokens },
    timestamp,
  })
  const limit = (
    organizationId: string,
    window: 'hour' | 'period',
    max: number,
    expiresAt?: string,
  ) =>
    subject().tollgate.limits.override({
      organizationId,
      meter: 'tokens',
      window,
      max,
      expiresAt,
      behavior: 'hard',
      reason: 'test',
    })
  const isAllowed = async (organizationId: string, tokens: number) =>
    (await subject().tollgate.check(work(organizationId, tokens))).allowed

  it.each(['hour', 'period'] as const)(
    'counts use from a gap between overrides, per %s',
    async (window) => {
      const { tollgate, organization, clock } = subject()
      const id = await organization('free', '2026-02-20T08:00:00Z')
      await limit(id, window, 1_000, new Date(clock.now().getTime() + 1_000).toISOString())
      await tollgate.record(work(id, 300))
      await clock.advance(1_000)
      await tollgate.record(work(id, 400))
      expect((await tollgate.admin.aggregate()).differences).toEqual([])
      await limit(id, window, 1_000)
      expect(await isAllowed(id, 301)).toBe(false)
      expect(await isAllowed(id, 300)).toBe(true)
    },
  )

  it.each(['hour', 'period'] as const)(
    'counts earlier holds when it is set, per %s',
    async (window) => {
      const { tollgate, organization } = subject()
      const id = await organization('free', '2026-02-20T08:00:00Z')
      const hold = held(
        await tollgate.reserve({
          organizationId: id,
          eventType: 'work',
          quantities: { tokens: 900 },
        }),
      )
      await limit(id, window, 1_000)
      expect(await isAllowed(id, 101)).toBe(false)
      expect(await isAllowed(id, 100)).toBe(true)
      await tollgate.settle({
        organizationId: id,
        reservationId: hold.reservationId,
        quantities: { tokens: 700 },
      })
      expect(await isAllowed(id, 301)).toBe(false)
      expect(await isAllowed(id, 300)).toBe(true)
      expect((await tollgate.admin.aggregate()).differences).toEqual([])
    },
  )

  it('counts a period up to its very end, even after months of different lengths', async () => {
    const { tollgate, organization, clock } = subject()
    await clock.set('2026-03-30T12:00:00Z')
    const id = await organization('free', '2026-01-31T08:00:00Z')
    await tollgate.record([
      work(id, 100, '2026-02-27T23:59:59Z'),
      work(id, 300, '2026-02-28T00:00:00Z'),
      work(id, 400, '2026-03-29T00:00:00Z'),
    ])
    await limit(id, 'period', 1_000)
    expect(await isAllowed(id, 301)).toBe(false)
    expect(await isAllowed(id, 300)).toBe(true)
    await tollgate.track(work(id, 300))
    const within = { from: new Date('2026-02-01'), to: new Date('2026-03-30') }
    expect((await tollgate.admin.aggregate(within)).differences).toEqual([])
  })
})
