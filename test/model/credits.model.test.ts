import fc from 'fast-check'
import { expect, it } from 'vitest'
import { creditsOnly } from '../behaviour/credits-catalog.ts'
import { describeInProcess } from '../behaviour/describe-tollgate.ts'
import { isLong, times } from '../setup/form.ts'
import { type CreditsStep, creditsSequence, playCredits } from './credits-play.ts'

const RUNS = times('TOLLGATE_CREDITS_RUNS', { short: 2, long: 5 })
/** The waits alone give a sequence of this length some 18 months. */
const STEPS = isLong ? 120 : 24

const HOUR_MS = 3_600_000

/** Three holds end with a debt, at the instant at which a grant begins. */
const ENDING_AS_A_GRANT_BEGINS: CreditsStep[] = [
  { kind: 'hold', credits: 2 },
  { kind: 'hold', credits: 36 },
  { kind: 'give', credits: 57, priority: 200, lifeMs: 24 * HOUR_MS, inMs: 0, twice: false },
  { kind: 'hold', credits: 40 },
  { kind: 'record', credits: 157, ageMs: 0 },
  { kind: 'give', credits: 1, priority: 100, lifeMs: 24 * HOUR_MS, inMs: HOUR_MS, twice: false },
  { kind: 'wait', ms: 24 * HOUR_MS },
]

describeInProcess(
  'credits compared with a model in plain TypeScript',
  (subject) => {
    it('follow the model, in any order of grants, uses, expiries, settlements and reversals', async () => {
      await fc.assert(
        fc.asyncProperty(creditsSequence(STEPS), (sequence) => playCredits(subject(), sequence)),
        {
          numRuns: RUNS,
          endOnFailure: true,
          examples: [[{ steps: ENDING_AS_A_GRANT_BEGINS, isClosed: false }]],
        },
      )
    }, 120_000)

    it('have books that agree with their journal', async () => {
      expect((await subject().tollgate.admin.aggregate()).differences).toEqual([])
    })
  },
  { ...creditsOnly, retention: { eventsDays: 3_650, idsDays: 3_650 } },
)
