import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { UsageEvent } from '../../src/contract/usage.ts'
import type { Context } from '../../src/engine/context.ts'
import type { Need } from '../../src/engine/counters/needs.ts'
import { PlainUse } from '../../src/engine/gate/leased-use.ts'
import type { PlainCalls } from '../../src/engine/gate/plain-calls.ts'
import {
  beginningOf,
  createJournalLines,
  createLineReader,
} from '../../src/engine/ledger/journal-line.ts'
import type { LeaseRef } from '../../src/storage/gate/leases.ts'

const ref: LeaseRef = {
  organizationId: 'acme',
  meter: 'tokens',
  window: 'day',
  startMs: 0,
  per: 'organization',
  subject: '',
  ceiling: 10,
  max: undefined,
  endMs: 86_400_000,
}
const needOf = (isPosted: boolean): Need =>
  ({ slot: { ref: { ...ref, subject: String(isPosted) }, limit: { isPosted } }, units: 3 }) as Need

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 })
const count = fc.nat()
/** Any event that may be decided on leases, with any optional part omitted. */
const event = fc.record(
  {
    userId: text,
    sessionId: text,
    endpoint: text,
    method: text,
    provider: text,
    model: text,
    inputTokens: count,
    cachedInputTokens: count,
    cacheWriteInputTokens: count,
    outputTokens: count,
    reasoningTokens: count,
    status: count,
    durationMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
  },
  { requiredKeys: [] },
)

it('writes an event that is not a row yet exactly like its later row', () => {
  const cost = { costUsd: '0.5', priceSource: 'library', priceName: 'a/b', asText: true }
  const ctx = {
    catalog: { catalog: () => undefined },
    modelCosts: { of: ({ model }: UsageEvent) => (model ? cost : {}) },
    ids: () => '018f0000-0000-7000-8000-000000000001',
  } as unknown as Context
  const beginning = beginningOf({
    organizationId: 'acme',
    eventType: 'call',
    category: 'api',
    microCredits: 2_000_000n,
    catalogVersionId: 7n,
    verb: 'track',
  })
  const calls = {
    type: { definition: { key: 'call', category: 'api' }, versionId: 7n },
    microCredits: 2_000_000n,
    beginning,
  } as PlainCalls
  const write = createJournalLines()
  const read = createLineReader()
  const amounts = fc.array(
    fc.record({ meter: fc.constantFrom('tokens', 'calls'), units: fc.maxSafeNat() }),
  )
  fc.assert(
    fc.property(event, amounts, fc.option(fc.uuid(), { nil: undefined }), (parts, used, key) => {
      const use = new PlainUse(
        ctx,
        {
          organizationId: 'acme',
          calls,
          event: { eventType: 'call', ...parts },
          amounts: used,
          atMs: 1_750_000_000_000,
          apiKeyId: key,
        },
        [needOf(true), needOf(false)],
      )
      // Its cost is known only at this moment.
      expect(use.unmade === undefined).toBe(parts.model !== undefined)
      const line = write.of(use)
      expect(line).toMatch(/^[ -~]+$/)
      expect(read(line)).toEqual({ item: use.item, spent: use.spent })
    }),
  )
})
