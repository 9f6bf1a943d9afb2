import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createJournalLines, createLineReader } from '../../src/engine/ledger/journal-line.ts'
import { quantitiesJson } from '../../src/engine/ledger/usage-item.ts'
import type { LeaseRef } from '../../src/storage/gate/leases.ts'
import type { UsageItem } from '../../src/storage/usage-batch.ts'

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 })
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
const count = optional(fc.nat())
const at = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') })

const item: fc.Arbitrary<UsageItem> = fc
  .record({
    organizationId: text,
    id: text,
    fingerprint: text,
    occurredAt: at,
    receivedAt: at,
    backfilled: fc.boolean(),
    reverses: optional(text),
    verb: optional(fc.constant('track' as const)),
    eventType: text,
    category: text,
    userId: optional(text),
    sessionId: optional(text),
    apiKeyId: optional(fc.uuid()),
    microCredits: fc.bigInt(-(2n ** 62n), 2n ** 62n),
    costUsd: optional(fc.constant('0.000123')),
    priceSource: optional(text),
    priceName: optional(text),
    pricedAsText: optional(fc.boolean()),
    parts: optional(fc.json()),
    provider: optional(text),
    model: optional(text),
    inputTokens: count,
    cachedInputTokens: count,
    outputTokens: count,
    reasoningTokens: count,
    endpoint: optional(text),
    method: optional(text),
    status: count,
    durationMs: count,
    catalogVersionId: fc.bigInt(1n, 2n ** 62n),
    properties: optional(fc.json()),
    amounts: fc.array(
      fc.record({
        meter: fc.stringMatching(/^[a-z_]{1,10}$/),
        units: fc.bigInt(-(2n ** 62n), 2n ** 62n),
        value: optional(text),
      }),
      { maxLength: 4 },
    ),
  })
  .map((parts) => ({ ...parts, quantities: quantitiesJson(parts.amounts) }))

const lease: LeaseRef = {
  organizationId: 'acme',
  meter: 'tokens',
  window: 'day',
  startMs: 0,
  per: 'user',
  subject: 'ü"\\',
  ceiling: 10,
  max: undefined,
  endMs: 86_400_000,
}

it('reads an event back exactly, from one line, with the leases it used', () => {
  const write = createJournalLines()
  const read = createLineReader()
  const spent = optional(fc.array(fc.record({ lease: fc.constant(lease), units: fc.nat() })))
  fc.assert(
    fc.property(item, spent, (item, spent) => {
      const line = write.of({ item, spent })
      // As in the file: one line, one byte per character.
      expect(line).toMatch(/^[ -~]+$/)
      expect(read(line)).toEqual({ item, spent })
    }),
  )
})

it('writes a lease once per file', () => {
  const write = createJournalLines()
  const [event] = fc.sample(item, 1) as [UsageItem]
  const ask = { item: event, spent: [{ lease, units: 1 }] }
  const [first, second] = [write.of(ask), write.of(ask)]
  expect(second.length).toBeLessThan(first.length - 50)
  const read = createLineReader()
  expect(read(first).spent?.[0]?.lease).toBe(read(second).spent?.[0]?.lease)
  // Without the earlier lines, its lease is unknown.
  expect(createLineReader()(second)).toEqual({ item: event, spent: [] })
  write.begin()
  expect(createLineReader()(write.of(ask))).toEqual(ask)
})
