import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isPlainEvent } from '../../src/contract/plain-event.ts'
import type { Call } from '../../src/contract/usage.ts'
import type { MeterShape } from '../../src/core/decision.ts'
import type { CompiledEventType } from '../../src/engine/catalog/compiled-catalog.ts'
import { plainAmounts, plainParts } from '../../src/engine/gate/plain-calls.ts'
import { amountsOfEvent } from '../../src/engine/ledger/amounts-of-event.ts'

const METERS = ['tokens', 'calls', 'pages'] as const
const shape: MeterShape = { aggregation: 'sum', scale: 0 } as MeterShape
const amount = fc.oneof(fc.constantFrom(0, 1, -1, 0.5, 2 ** 53 - 1, 2 ** 53), fc.nat())
const contribution = fc.oneof(fc.constant('quantity' as const), fc.nat({ max: 1_000 }))
const eventType = fc.record({
  contributions: fc.uniqueArray(fc.tuple(fc.constantFrom(...METERS), contribution), {
    selector: ([meter]) => meter,
  }),
  addsCredits: fc.boolean(),
  microCredits: fc.oneof(fc.constant(0n), fc.bigInt({ min: 1n, max: 10n ** 12n })),
})
const event = fc.record(
  {
    quantities: fc.dictionary(fc.constantFrom(...METERS, 'credits', 'unheard-of'), amount),
    inputTokens: fc.nat(),
    outputTokens: fc.nat(),
  },
  { requiredKeys: [] },
)

it('adds to each meter of a plain call what is added for all calls, or leaves it to be looked at', () => {
  let plain = 0
  fc.assert(
    fc.property(eventType, event, ({ microCredits, ...parts }, fields) => {
      const type = { ...parts, definition: { key: 'call' } } as unknown as CompiledEventType
      const call: Call = { eventType: 'call', ...fields }
      if (!isPlainEvent(call)) return
      const calls = { parts: plainParts(type, microCredits, () => shape) ?? [] }
      const quick = plainAmounts(calls, call)
      if (!quick) return
      plain += 1
      const { amounts, faults } = amountsOfEvent(type, call, microCredits, () => shape)
      expect(faults).toEqual([])
      expect(quick.map(({ meter, units }) => ({ meter, units: BigInt(units) }))).toEqual(amounts)
    }),
    { numRuns: 2_000 },
  )
  expect(plain).toBeGreaterThan(200)
})
