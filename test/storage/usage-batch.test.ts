import { expect, it } from 'vitest'
import {
  batchParameters,
  batchParametersInTurns,
  type UsageItem,
} from '../../src/storage/usage-batch.ts'

const itemsOf = (count: number): UsageItem[] =>
  Array.from({ length: count }, (_, place) => {
    const occurredAt = new Date(Date.UTC(2026, 0, 5, 0, 0, place))
    return {
      organizationId: `organization ${place % 3}`,
      id: `event-${place}`,
      fingerprint: `event-${place}`,
      occurredAt,
      receivedAt: occurredAt,
      backfilled: false,
      eventType: 'call',
      category: 'api',
      userId: place % 2 === 0 ? 'ada, "the first"' : undefined,
      quantities: `{"tokens":${place}}`,
      microCredits: 2n,
      catalogVersionId: 1n,
      budgetId: place === 1 ? 'run' : undefined,
      amounts: [{ meter: 'tokens', units: BigInt(place) }],
    }
  })

it('a batch written in turns is the batch written at once', async () => {
  for (const count of [1, 34, 35, 100, 1_001]) {
    const items = itemsOf(count)
    expect(await batchParametersInTurns(items)).toEqual(batchParameters(items))
  }
})

it('lets requests be served while a large batch is written', async () => {
  let turns = 0
  let isWritten = false
  const serve = (): void => {
    turns += 1
    if (!isWritten) setImmediate(serve)
  }
  setImmediate(serve)
  await batchParametersInTurns(itemsOf(1_000))
  isWritten = true
  expect(turns).toBeGreaterThan(20)
})
