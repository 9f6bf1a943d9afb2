import { expect, it } from 'vitest'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { describeTollgate } from './describe-tollgate.ts'
import { RERATING_OPTIONS, reratingActs, START } from './rerating-acts.ts'

describeTollgate(
  'rerating at its bounds',
  (subject) => {
    const { fresh, record, rerate, dearer, priceOf, day } = reratingActs(subject)

    it('is refused for other callers and past retention, and leaves a closed organization unchanged', async () => {
      const id = await fresh()
      const { tollgate, engine, clock, db } = subject()
      await record({ organizationId: id, eventType: 'kept' })
      for (const role of ['owner', 'admin'] as const) {
        await expect(
          engine.as({ organizationId: id, role, actor: 'user:a' }).usage.rerate({ from: START }),
        ).rejects.toMatchObject({ code: 'forbidden' })
      }
      const late = { from: '2026-03-10T12:00:00Z', to: START }
      await expect(rerate(late)).rejects.toMatchObject({ faults: [{ field: 'to' }] })
      await expect(rerate({ from: '2025-11-30T11:59:59Z' })).rejects.toMatchObject({
        faults: [{ field: 'from', message: 'must be at most 100 days ago' }],
      })
      const kept = '2026-03-02T00:00:00Z'
      // The engine's own retention may have run since the clock was set.
      await db.query('delete from tollgate.retention', [])
      await db.query('insert into tollgate.retention (events_whole_since) values ($1)', [kept])
      await expect(rerate({ from: '2026-03-01T23:59:59Z' })).rejects.toMatchObject({
        faults: [{ field: 'from', message: expect.stringContaining('whole, which is since') }],
      })
      expect(await rerate({ from: kept })).toMatchObject({ applied: false })
      await db.query('delete from tollgate.retention', [])
      await expect(rerate({ organizationId: 'nobody' })).rejects.toMatchObject({
        code: 'not_found',
      })
      await dearer('kept', '2')
      await tollgate.organizations.close({ organizationId: id })
      await clock.advance(1_000)
      expect(await rerate({ organizationId: id, dryRun: false })).toMatchObject({
        events: 1,
        changed: 0,
        left: 1,
        creditsDifference: 0,
        leftBecause: { closed: 1, unknown: 0, refused: 0 },
      })
    })

    it('leaves a cost whose price only another process had', async () => {
      const id = await fresh()
      const { clock, db } = subject()
      const own = { provider: 'acme-ai', model: 'given', inputUsdPerMillion: '4' }
      const host = await createTollgate({
        database: db,
        clock,
        modelPrices: [{ ...own, outputUsdPerMillion: '0' }],
      })
      const use = { provider: 'acme-ai', model: 'given', inputTokens: 1_000_000 }
      await host.record({ organizationId: id, eventType: 'given', ...use })
      await priceOf('given', '9')
      await dearer('given', '2')
      await clock.advance(1_000)
      expect(await rerate({ organizationId: id, dryRun: false })).toMatchObject({
        changed: 1,
        creditsDifference: 1,
        costDifferenceUsd: '0',
      })
      expect(await day(id)).toMatchObject({ costUsd: '4' })
      await host.flush()
    })

    it('leaves events that their type would now refuse', async () => {
      const id = await fresh()
      const { tollgate, clock } = subject()
      await record({ organizationId: id, eventType: 'other' })
      await tollgate.catalog.eventTypes.update({
        key: 'other',
        multipliers: [{ name: 'pages', required: true }],
      })
      await clock.advance(1_000)
      expect(await rerate({ organizationId: id, dryRun: false })).toMatchObject({
        events: 1,
        changed: 0,
        left: 1,
        leftBecause: { closed: 0, unknown: 0, refused: 1 },
      })
    })
  },
  RERATING_OPTIONS,
)
