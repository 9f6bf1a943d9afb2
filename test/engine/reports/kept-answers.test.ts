import { beforeEach, describe, expect, it } from 'vitest'
import { KeptAnswers } from '../../../src/engine/reports/kept-answers.ts'
import { testClock } from '../../../src/testing/index.ts'

/** A store with one mark, and who is writing in it. */
const storeWith = (at = '2026-03-10T12:00:10Z') => {
  const clock = testClock(at)
  const state = {
    mark: 'a' as string | undefined,
    writers: [] as string[],
    made: 0,
    untilMs: Number.POSITIVE_INFINITY as number | undefined,
  }
  const look = async () => state.mark
  const make = async () => {
    state.made += 1
    return { value: { number: state.made }, untilMs: state.untilMs }
  }
  return { clock, state, look, make }
}

const keptIn = ({ clock, state }: ReturnType<typeof storeWith>) =>
  new KeptAnswers<{ number: number }>({ clock, most: 2, writers: async () => state.writers })

describe('an answer that is kept', () => {
  let store = storeWith()
  let kept = keptIn(store)
  const ask = async (key = 'one') =>
    (await kept.get({ key, look: store.look, make: store.make })).number

  beforeEach(() => {
    store = storeWith()
    kept = keptIn(store)
  })

  it('is given again while the mark is the same', async () => {
    expect([await ask(), await ask(), await ask()]).toEqual([1, 1, 1])
  })

  it('is worked out again once the mark is another, and when it is as it was before', async () => {
    await ask()
    store.state.mark = 'b'
    expect(await ask()).toBe(2)
    store.state.mark = 'a'
    expect(await ask()).toBe(3)
  })

  it('is not kept beyond its minute, nor beyond when it changes by itself', async () => {
    await ask()
    await store.clock.set('2026-03-10T12:00:59.999Z')
    expect(await ask()).toBe(1)
    await store.clock.set('2026-03-10T12:01:00Z')
    store.state.untilMs = Date.parse('2026-03-10T12:01:20Z')
    expect(await ask()).toBe(2)
    await store.clock.set('2026-03-10T12:01:19.999Z')
    expect(await ask()).toBe(2)
    await store.clock.set('2026-03-10T12:01:20Z')
    expect(await ask()).toBe(3)
  })

  it('is not kept at all where it changes with every moment', async () => {
    store.state.untilMs = undefined
    expect([await ask(), await ask()]).toEqual([1, 2])
  })

  it('is not kept while whoever made the mark may not be done', async () => {
    store.state.writers = ['1/1', '2/5']
    expect([await ask(), await ask()]).toEqual([1, 2])
    store.state.writers = ['2/5', '1/2']
    expect(await ask()).toBe(3)
    // Those who began later cannot have made the mark.
    store.state.writers = ['1/2', '2/6']
    expect([await ask(), await ask()]).toEqual([4, 4])
  })

  it('is not taken for settled by who wrote when another mark was seen', async () => {
    store.state.writers = ['1/1']
    await ask()
    Object.assign(store.state, { mark: 'b', writers: ['1/2'] })
    expect([await ask(), await ask()]).toEqual([2, 3])
  })

  it('is not shared with one who asks under a mark that is not settled', async () => {
    store.state.writers = ['1/1']
    expect(new Set(await Promise.all([ask(), ask(), ask()])).size).toBe(3)
  })

  it('is not kept of what has no mark', async () => {
    store.state.mark = undefined
    expect([await ask(), await ask()]).toEqual([1, 2])
  })

  it('is worked out once for all who ask at the same time', async () => {
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1])
  })

  it('is one for each that is asked, and the one asked for longest ago makes room', async () => {
    expect([await ask('one'), await ask('two'), await ask('one')]).toEqual([1, 2, 1])
    expect(await ask('three')).toBe(3)
    expect([await ask('one'), await ask('two')]).toEqual([1, 4])
  })

  it('is the asker’s own: what one does to it no other sees', async () => {
    const get = () => kept.get({ key: 'one', look: store.look, make: store.make })
    const [first, second] = await Promise.all([get(), get()])
    for (const answer of [first, second, await get()]) Object.assign(answer, { number: 99 })
    expect(await ask()).toBe(1)
  })

  it('is not kept of a working out that failed, and the next is told of its own', async () => {
    const fails = () => Promise.reject(new Error('away'))
    await expect(kept.get({ key: 'one', look: store.look, make: fails })).rejects.toThrow('away')
    expect(await ask()).toBe(1)
  })
})
