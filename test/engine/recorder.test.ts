import { expect, it } from 'vitest'
import type { Context } from '../../src/engine/context.ts'
import { type QueuedAsk, Recorder } from '../../src/engine/ledger/recorder.ts'
import type { UsageItem } from '../../src/storage/usage-batch.ts'

const FLUSH_AT = 200

interface Setting {
  readonly flushAtMost?: number
  /** Receives what the clock is to call, in order. */
  readonly timers?: (() => void)[]
}

/** A recorder whose ledger stores what it is given, and commits nothing. */
const start = ({ flushAtMost = FLUSH_AT, timers = [] }: Setting = {}) => {
  const written: QueuedAsk[] = []
  const ctx = {
    clock: { after: (_: number, call: () => void) => timers.push(call) && (() => {}) },
    ledger: { add: (ask: QueuedAsk) => written.push(ask) },
  } as unknown as Context
  const limits = { flushAt: FLUSH_AT, flushAtMost, flushAfterMs: 1, capacity: 10_000 }
  const recorder = new Recorder(ctx, limits)
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
  const takeEnough = (count = FLUSH_AT) => {
    const asks = Array.from({ length: count }, ask)
    for (const one of asks) recorder.take(one)
    return asks
  }
  const writtenAfter = async (count: number) => {
    takeEnough(count)
    for (let turns = 0; turns < 30; turns++) await nextTurn()
    return written.length
  }
  return { recorder, written, writtenAfter, takeEnough, ask, made: () => made }
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

it('makes the rows of a large write over several turns, and writes them together', async () => {
  const { made, takeEnough, written } = start()
  const asks = takeEnough()
  expect(made()).toBe(0)
  const perTurn: number[] = []
  while (written.length === 0) {
    const before = made()
    await nextTurn()
    perTurn.push(made() - before)
  }
  expect(Math.max(...perTurn)).toBeLessThanOrEqual(FLUSH_AT / 4)
  expect(written).toEqual(asks)
})

it('writes each event once if somebody flushes while rows are made', async () => {
  const { ask, recorder, takeEnough, written } = start()
  const asks = takeEnough()
  await nextTurn()
  void recorder.flush()
  const later = ask()
  recorder.take(later)
  for (let turns = 0; turns < 10; turns++) await nextTurn()
  expect(written).toEqual([...asks, later])
})

it('writes again at the next full queue', async () => {
  const { writtenAfter } = start()
  for (const times of [1, 2, 3]) {
    expect(await writtenAfter(FLUSH_AT)).toBe(times * FLUSH_AT)
  }
})

it('writes a busy queue once a pause is over, or earlier if the most events wait', async () => {
  const timers: (() => void)[] = []
  const { writtenAfter } = start({ flushAtMost: 1_000, timers })
  // The pause's timer was set last.
  expect(await writtenAfter(FLUSH_AT)).toBe(200)
  const endOfPause = timers.at(-1) as () => void
  expect(await writtenAfter(FLUSH_AT)).toBe(200)
  endOfPause()
  expect(await writtenAfter(0)).toBe(400)
  expect(await writtenAfter(999)).toBe(400)
  expect(await writtenAfter(1)).toBe(1_400)
})

it('writes at the usual number again if few came in the pause', async () => {
  const timers: (() => void)[] = []
  const { writtenAfter } = start({ flushAtMost: 1_000, timers })
  expect(await writtenAfter(FLUSH_AT)).toBe(200)
  const endOfPause = timers.at(-1) as () => void
  expect(await writtenAfter(FLUSH_AT - 1)).toBe(200)
  endOfPause()
  expect(await writtenAfter(0)).toBe(200)
  expect(await writtenAfter(1)).toBe(400)
})
