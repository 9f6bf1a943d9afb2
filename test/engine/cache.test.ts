import { beforeEach, describe, expect, it } from 'vitest'
import { Cache } from '../../src/engine/cache.ts'
import { type TestClock, testClock } from '../../src/testing/test-clock.ts'

const TTL_MS = 60_000
const UNKNOWN_MS = 1_000

describe('a cache', () => {
  let clock: TestClock
  /** Each reading, with how to end it. */
  let readings: { id: string; answer: (value: string | undefined) => void; fail: () => void }[]
  beforeEach(() => {
    clock = testClock('2026-03-10T12:00:00Z')
    readings = []
  })

  const open = ({ maxEntries = 10, unknownMs = UNKNOWN_MS } = {}): Cache<string> =>
    new Cache({
      clock,
      maxEntries,
      unknownMs,
      staleAtMs: (_value, readAtMs) => readAtMs + TTL_MS,
      read: (id) =>
        new Promise((resolve, reject) => {
          readings.push({ id, answer: resolve, fail: () => reject(new Error('away')) })
        }),
    })

  const answerWith = async (value: string | undefined, asked: Promise<unknown>): Promise<void> => {
    readings.at(-1)?.answer(value)
    await asked
  }

  it('reads once for all who ask meanwhile, and again when it is stale', async () => {
    const cache = open()
    const asked = [cache.get('a'), cache.get('a')]
    await answerWith('first', Promise.all(asked))
    expect(await Promise.all([...asked, cache.get('a')])).toEqual(['first', 'first', 'first'])
    await clock.advance(TTL_MS - 1)
    expect(cache.known('a')).toBe('first')
    await clock.advance(1)
    expect(cache.known('a')).toBeUndefined()
    expect(cache.last('a')).toBe('first')
    const again = cache.get('a')
    await answerWith('second', again)
    expect(await again).toBe('second')
    expect(readings).toHaveLength(2)
  })

  it('does not keep a reading that was forgotten while it was under way', async () => {
    const cache = open()
    for (const forget of [() => cache.forget('a'), () => cache.forgetAll()]) {
      const asked = cache.get('a')
      forget()
      await answerWith('older than the change', asked)
      expect(cache.known('a')).toBeUndefined()
      expect(cache.last('a')).toBeUndefined()
    }
    const [before, after] = [cache.get('a'), cache.forget('a') ?? cache.get('a')]
    readings.at(-1)?.answer('new')
    readings.at(-2)?.answer('old')
    expect(await Promise.all([before, after])).toEqual(['old', 'new'])
    expect(cache.known('a')).toBe('new')
  })

  it('says what is forgotten once, and remembers it for when the store is away', async () => {
    const cache = open()
    await answerWith('one', cache.get('a'))
    await answerWith('two', cache.get('b'))
    expect(cache.forget('a')).toBe('one')
    expect(cache.forget('a')).toBeUndefined()
    expect(cache.forgetAll()).toEqual(['two'])
    const asked = cache.get('a')
    readings.at(-1)?.fail()
    await expect(asked).rejects.toThrow('away')
    expect(cache.last('a')).toBe('one')
    expect(cache.known('a')).toBeUndefined()
  })

  it('remembers for its own while that there is nothing, or not at all', async () => {
    for (const [unknownMs, reads] of [
      [UNKNOWN_MS, 1],
      [0, 2],
    ] as const) {
      const cache = open({ unknownMs })
      const before = readings.length
      await answerWith('was there', cache.get('a'))
      cache.forget('a')
      await answerWith(undefined, cache.get('a'))
      expect(cache.last('a')).toBeUndefined()
      await answerWith(undefined, cache.get('a'))
      expect(readings.length - before).toBe(1 + reads)
    }
  })

  it('makes room by what was read longest ago', async () => {
    const cache = open({ maxEntries: 2 })
    await answerWith('a', cache.get('a'))
    await answerWith('b', cache.get('b'))
    cache.forget('a')
    await answerWith('a again', cache.get('a'))
    await answerWith('c', cache.get('c'))
    expect(['a', 'b', 'c'].map((id) => cache.last(id))).toEqual(['a again', undefined, 'c'])
  })

  it('makes room where its values weigh too much together, however few they are', () => {
    const cache = new Cache<string>({
      maxEntries: 10,
      weight: { max: 6, of: ({ length }) => length },
    })
    for (const text of ['two', 'four', 'ab']) cache.of(text, () => text)
    expect(['two', 'four', 'ab'].map((id) => cache.known(id))).toEqual([undefined, 'four', 'ab'])
    // What is made in the place of another weighs in its place.
    cache.forget('four')
    cache.of('four', () => 'x')
    cache.of('two', () => 'two')
    expect(['two', 'four', 'ab'].map((id) => cache.known(id))).toEqual(['two', 'x', 'ab'])
  })

  it('makes at once what is not there, once', () => {
    const cache = new Cache<number>({ maxEntries: 1 })
    let made = 0
    const make = () => ++made
    expect([cache.of('a', make), cache.of('a', make), cache.of('b', make)]).toEqual([1, 1, 2])
    expect(cache.of('a', make)).toBe(3)
  })
})
