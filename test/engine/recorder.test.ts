import { expect, it } from 'vitest'
import type { Context } from '../../src/engine/context.ts'
import { type QueuedAsk, Recorder } from '../../src/engine/ledger/recorder.ts'
import type { UsageItem } from '../../src/storage/usage-batch.ts'

const FLUSH_AT = 200

/** A recorder whose ledger stores what it is given, and commits nothing. */
const start = () => {
  const written: QueuedAsk[] = []
  const ctx = {
    clock: { after: () => () => {} },
    ledger: { add: (ask: QueuedAsk) => written.push(ask) },
  } as unknown as Context
  const recorder = new Recorder(ctx, { flushAt: FLUSH_AT, flushAfterMs: 1, capacity: 10_000 })
  let made = 0
  /** An event whose row is made when it is first read, as after a decision on leases. */
  const ask = (): QueuedAsk => {
    let item: UsageItem | undefined
    return {
      get item() {
        if (item === undefined) made += 1
        item ??= { organizationId: 'acme' } as UsageItem
        return item
      },
    }
  }
  const takeEnough = () => {
    const asks = Array.from({ length: FLUSH_AT }, ask)
    for (const one of asks) recorder.take(one)
    return asks
  }
  return { recorder, written, takeEnough, ask, made: () => made }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

it('makes the rows of a large write over several turns, and writes them together', async () => {
  const { made, takeEnough, written } = start()
  const asks = takeEnough()
  expect(made()).toBe(0)
  const perTurn: number[] = []
  while (written.length === 0) {
    const before = made()
    await turn()
    perTurn.push(made() - before)
  }
  expect(Math.max(...perTurn)).toBeLessThanOrEqual(FLUSH_AT / 4)
  expect(written).toEqual(asks)
})

it('writes each event once if somebody flushes while rows are made', async () => {
  const { ask, recorder, takeEnough, written } = start()
  const asks = takeEnough()
  await turn()
  void recorder.flush()
  const later = ask()
  recorder.take(later)
  for (let turns = 0; turns < 10; turns++) await turn()
  expect(written).toEqual([...asks, later])
})

it('writes again at the next full queue', async () => {
  const { takeEnough, written } = start()
  for (const times of [1, 2, 3]) {
    takeEnough()
    for (let turns = 0; turns < 10; turns++) await turn()
    expect(written).toHaveLength(times * FLUSH_AT)
  }
})
