import fc from 'fast-check'
import { expect, it } from 'vitest'
import { creditsOnly } from '../behaviour/credits-catalog.ts'
import { describeInProcess } from '../behaviour/describe-tollgate.ts'
import { isLong, times } from '../setup/form.ts'
import { creditsSequence, playCredits } from './credits-play.ts'

const RUNS = times('TOLLGATE_CREDITS_RUNS', { short: 2, long: 5 })
/** The waits alone give a sequence of this length some 18 months. */
const STEPS = isLong ? 120 : 24

describeInProcess(
  'credits compared with a model in plain TypeScript',
  (subject) => {
    it('follow the model, in any order of grants, uses, expiries, settlements and reversals', async () => {
      await fc.assert(
        fc.asyncProperty(creditsSequence(STEPS), (sequence) => playCredits(subject(), sequence)),
        { numRuns: RUNS, endOnFailure: true },
      )
    }, 120_000)

    it('have books that agree with their journal', async () => {
      expect((await subject().tollgate.admin.aggregate()).differences).toEqual([])
    })
  },
  { ...creditsOnly, retention: { eventsDays: 3_650, idsDays: 3_650 } },
)
