import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import type { TollgateOptions } from '../../src/engine/options.ts'
import { describeAtLength, describeInProcess } from '../behaviour/describe-tollgate.ts'
import { times } from '../setup/form.ts'
import { modelCatalog } from './model-catalog.ts'
import { run, withHardRates } from './model-steps.ts'
import { play } from './play.ts'

/** Runs on each substrate; raise it to search longer. */
const RUNS = times('TOLLGATE_MODEL_RUNS', { short: 4, long: 16 })
const MS_A_RUN = 5_000

/** An engine with these options decides like the model. */
export const describeModel = (name: string, options: TollgateOptions = {}): void => {
  const mode = { onLeases: options.decide === 'leased', withRedis: options.redis !== undefined }
  const runs = mode.onLeases || mode.withRedis ? run.map(withHardRates) : run
  // A caller sees Redis's decisions like the database's.
  const describeOn = mode.withRedis ? describeInProcess : describeAtLength
  describeOn(
    name,
    (subject) => {
      beforeAll(async () => {
        await subject().tollgate.catalog.apply({ document: modelCatalog })
      })

      it(
        'decides like the model, and has its state after each step',
        async () => {
          const property = fc.asyncProperty(runs, (one) => play(subject(), one, mode))
          await fc.assert(property, { numRuns: RUNS })
          await subject().clock.set('2026-04-14T00:00:00Z')
          const within = { from: new Date('2026-03-02'), to: new Date('2026-04-13') }
          expect((await subject().tollgate.admin.aggregate(within)).differences).toEqual([])
        },
        30_000 + RUNS * MS_A_RUN,
      )
    },
    options,
  )
}
