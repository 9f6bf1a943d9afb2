import { afterAll } from 'vitest'
import type { ReservationState } from '../../src/contract/decision.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import type { ModelGate } from '../../src/models/meter-options.ts'
import { createTestTollgate } from '../../src/testing/index.ts'
import { startFakeProvider } from './fake-provider.ts'

/** A catalog with a token meter, in which nothing else can refuse. */
const CATALOG = {
  key: 'assistant',
  name: 'Assistant',
  meters: [{ key: 'tokens', unit: 'token', aggregation: 'sum' }],
  eventTypes: [
    {
      key: 'chat',
      name: 'Chat',
      category: 'models',
      baseCredits: 0,
      meters: { tokens: 'quantity' },
    },
  ],
  plans: [
    {
      key: 'free',
      name: 'Free',
      monthlyPriceUsd: 0,
      limits: [{ meter: 'tokens', window: 'month', max: 100_000, behavior: 'hard' }],
    },
  ],
}

export interface MeteredOrganization {
  readonly organizationId: string
  readonly options: { readonly organizationId: string; readonly eventType: string }
  /** Used and held tokens of the month. */
  readonly tokens: () => Promise<{ used: number; held: number }>
  readonly events: () => Promise<readonly Record<string, unknown>[]>
}

/** An engine whose organizations may use this many tokens each. */
export const openMeteredTollgate = async () => {
  const { tollgate, clock } = await createTestTollgate({ catalogs: [CATALOG as never] })
  let organizations = 0
  const organizationOf = async (max: number): Promise<MeteredOrganization> => {
    organizations += 1
    const organizationId = `org-${organizations}`
    await tollgate.organizations.create({
      id: organizationId,
      name: organizationId,
      plan: 'assistant/free',
    })
    await tollgate.limits.override({
      organizationId,
      meter: 'tokens',
      window: 'month',
      max,
      behavior: 'hard',
      reason: 'a test',
    } as never)
    return {
      organizationId,
      options: { organizationId, eventType: 'chat' },
      tokens: async () => {
        const { limits } = await tollgate.usage.current({ organizationId })
        const limit = limits.find((one) => one.limit === 'tokens/month')
        return { used: limit?.used ?? Number.NaN, held: limit?.held ?? Number.NaN }
      },
      events: async () =>
        (await tollgate.usage.history({ organizationId })).events as unknown as Record<
          string,
          unknown
        >[],
    }
  }
  return { tollgate: tollgate as TollgateEngine, clock, organizationOf }
}

/** The same with a provider; both close after the file. */
export const openMeteredModels = async () => {
  const [provider, metered] = await Promise.all([startFakeProvider(), openMeteredTollgate()])
  afterAll(async () => {
    await provider.close()
    await metered.tollgate.close()
  })
  return { provider, ...metered }
}

/** A text's pieces, about a token each. */
export const wordsOf = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => ` word${at % 10}`)

/** The same gate; the test stores every settlement. */
export const listeningTo = (gate: ModelGate, settled: ReservationState[]): ModelGate => ({
  run: (call, work, options) =>
    gate.run(
      call,
      (hold) => {
        const settle = hold.settle.bind(hold)
        Object.defineProperty(hold, 'settle', {
          value: async (...given: Parameters<typeof settle>) => {
            const state = await settle(...given)
            settled.push(state)
            return state
          },
        })
        return work(hold)
      },
      options,
    ),
})
