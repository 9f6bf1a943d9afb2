import fc from 'fast-check'
import { expect, it } from 'vitest'
import { toldOf } from '../behaviour/alert-steps.ts'
import { alertsOnly } from '../behaviour/alerts-catalog.ts'
import { describeInProcessByForm } from '../behaviour/describe-tollgate.ts'
import { times } from '../setup/form.ts'
import { alertsModel } from './alerts-model.ts'

const RUNS = times('TOLLGATE_ALERT_RUNS', { short: 6, long: 40 })
const DAY_MS = 86_400_000

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ use: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 2, arbitrary: fc.record({ undo: fc.nat({ max: 20 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ limit: fc.constantFrom(null, 0, 40, 100, 105, 150, 300) }),
  },
  { weight: 1, arbitrary: fc.constant({ day: true as const }) },
)

/** On the day after, the limit falls to twice the use of the day before, whose use then falls. */
const REVERSED_AFTER_A_LOWER_LIMIT: (typeof step extends fc.Arbitrary<infer Step>
  ? Step
  : never)[] = [{ use: 1 }, { use: 20 }, { day: true }, { use: 1 }, { limit: 40 }, { undo: 0 }]

describeInProcessByForm(
  'alerts compared with a model',
  (subject) => {
    it('are the same, whatever is used, reversed and limited', { timeout: 600_000 }, async () => {
      const { tollgate, clock, organization } = subject()
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
          const organizationId = await organization('watched/daily')
          const model = alertsModel(100)
          const today = () => clock.now().toISOString().slice(0, 10)
          const open: { id: string; calls: number; day: string }[] = []
          for (const [n, one] of steps.entries()) {
            if ('use' in one) {
              const id = `e${n}`
              await tollgate.record({
                organizationId,
                id,
                eventType: 'use',
                quantities: { calls: one.use },
              })
              open.push({ id, calls: one.use, day: today() })
              model.use(today(), one.use)
            } else if ('undo' in one) {
              const [event] = open.splice(one.undo % Math.max(1, open.length), 1)
              if (!event) continue
              await tollgate.reverse({ organizationId, eventId: event.id, reason: 'a model' })
              model.use(event.day, -event.calls)
            } else if ('limit' in one) {
              await tollgate.limits.override({
                organizationId,
                meter: 'calls',
                window: 'day',
                max: one.limit,
                behavior: 'soft',
                reason: 'a model',
              })
              model.limit(today(), one.limit)
            } else await clock.advance(DAY_MS)
          }
          const told = (await toldOf(tollgate, organizationId))
            .filter(({ rule }) => rule === 'limit_share')
            .map(({ windowStart, maximum, threshold, standing }) => {
              const percent = (Number(threshold) * 100) / Number(maximum)
              const line = `${windowStart?.slice(0, 10)} ${maximum} ${percent}`
              return standing ? `${line} standing` : line
            })
          expect(told).toEqual(model.told)
        }),
        { numRuns: RUNS, examples: [[REVERSED_AFTER_A_LOWER_LIMIT]] },
      )
    })
  },
  alertsOnly,
)
