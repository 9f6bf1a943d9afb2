import { expect } from 'vitest'
import type { ReratingInput } from '../../src/contract/rerating.ts'
import type { Call } from '../../src/contract/usage.ts'
import type { Subject } from './describe-tollgate.ts'
import { reratingCatalog } from './rerating-catalog.ts'

export const START = '2026-03-01T00:00:00Z'

export const RERATING_OPTIONS = {
  catalogs: [{ document: reratingCatalog, origin: 'the prices of the tests' }],
  // The clock moves past the usual days, and back.
  retention: { eventsDays: 400 },
}

/** Common steps of the rerating tests. */
export const reratingActs = (subject: () => Subject) => {
  const fresh = async () => {
    await subject().clock.set('2026-03-10T12:00:00Z')
    return subject().organization('charging', START)
  }
  const record = async (...events: readonly Call[]) => {
    const { rejected } = await subject().tollgate.record(events)
    expect(rejected).toEqual([])
  }
  const rerate = (input: Partial<ReratingInput>) =>
    subject().tollgate.usage.rerate({ from: START, ...input })
  const dearer = (key: string, baseCredits: string) =>
    subject().tollgate.catalog.eventTypes.update({ key, baseCredits })
  const priceOf = (model: string, inputUsdPerMillion: string) =>
    subject().tollgate.catalog.modelPrices.set({
      catalog: 'anew',
      provider: 'acme-ai',
      model,
      inputUsdPerMillion,
      outputUsdPerMillion: '0',
    })
  const day = async (organizationId: string) =>
    (await subject().tollgate.usage.daily({ organizationId, days: 20 })).total
  const historyOf = async (organizationId: string) =>
    (await subject().tollgate.usage.history({ organizationId, limit: 100 })).events
  const isWhole = async () => {
    expect((await subject().engine.admin.aggregate()).differences).toEqual([])
  }
  return { fresh, record, rerate, dearer, priceOf, day, historyOf, isWhole }
}
