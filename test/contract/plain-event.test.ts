import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPlainEvent } from '../../src/contract/plain-event.ts'
import { type Call, usageEventSchema } from '../../src/contract/usage.ts'

const text = fc.oneof(
  fc.constantFrom('', 'acme', 'chat_message', 'a b', '-', '\0', '\ud800', 'x'.repeat(130)),
  fc.string({ unit: 'binary', maxLength: 300 }),
)
const number = fc.oneof(
  fc.constantFrom(0, 1, -1, 0.5, 200, 600, 1e12, 1e12 + 1, 2 ** 53, Number.NaN),
  fc.integer(),
  fc.double(),
)
const odd = fc.oneof(fc.constant(null), fc.boolean(), fc.constant([]), fc.constant({}))
const field = (usual: fc.Arbitrary<unknown>) => fc.oneof({ weight: 8, arbitrary: usual }, odd)

const someEvent = fc.record(
  {
    eventType: field(text),
    organizationId: field(text),
    userId: field(text),
    sessionId: field(text),
    endpoint: field(text),
    method: field(text),
    provider: field(text),
    model: field(text),
    quantities: field(fc.dictionary(fc.constantFrom('tokens', 'calls', ''), number)),
    inputTokens: field(number),
    cachedInputTokens: field(number),
    outputTokens: field(number),
    reasoningTokens: field(number),
    status: field(number),
    durationMs: field(number),
    id: field(text),
    timestamp: field(text),
    surplus: odd,
  },
  { requiredKeys: [] },
)
const fewFields = fc
  .tuple(someEvent, fc.subarray(['userId', 'quantities', 'inputTokens', 'status', 'endpoint']))
  .map(([event, keys]) =>
    Object.fromEntries(
      Object.entries({ eventType: 'chat_message', ...event }).filter(
        ([key]) => key === 'eventType' || keys.includes(key),
      ),
    ),
  )

describe('an event classified as plain', () => {
  it('passes the schema unchanged', () => {
    let plain = 0
    fc.assert(
      fc.property(fc.oneof(someEvent, fewFields), (event) => {
        if (!isPlainEvent(event as Call)) return
        plain += 1
        const parsed = usageEventSchema.safeParse(event)
        expect(parsed.error).toBeUndefined()
        expect(parsed.data).toEqual(event)
      }),
      { numRuns: 5_000 },
    )
    expect(plain).toBeGreaterThan(50)
  })
})
