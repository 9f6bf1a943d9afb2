import { beforeEach, describe, expect, it } from 'vitest'
import { cachedAnswers } from '../../../src/engine/reports/answers.ts'
import type { Database } from '../../../src/storage/database.ts'
import { testClock } from '../../../src/testing/index.ts'

/** A store with one revision, and who is writing in it. */
const storeWith = (at = '2026-03-10T12:00:10Z') => {
  const clock = testClock(at)
  const state = {
    revision: 'a' as string | undefined,
    writers: [] as string[],
    looks: 0,
    made: 0,
    untilMs: Number.POSITIVE_INFINITY as number | undefined,
  }
  const revision = async () => {
    state.looks += 1
    return state.revision
  }
  const make = async () => {
    state.made += 1
    return { value: { number: state.made }, untilMs: state.untilMs }
  }
  const query = async () => state.writers.map((writer) => ({ writer }))
  return { clock, state, revision, make, db: { query } as unknown as Database }
}

describe('an answer that is cached', () => {
  let store = storeWith()
  let cached = cachedAnswers(store)
  const ask = async (key = 'one') =>
    (await cached.get({ key, revision: store.revision, make: store.make })).number

  beforeEach(() => {
    store = storeWith()
    cached = cachedAnswers(store)
  })

  it('is given again while the revision is the same', async () => {
    expect([await ask(), await ask(), await ask()]).toEqual([1, 1, 1])
  })

  it('is worked out again once the revision is another, and when it is as it was before', async () => {
    await ask()
    store.state.revision = 'b'
    expect(await ask()).toBe(2)
    store.state.revision = 'a'
    expect(await ask()).toBe(3)
  })

  it('is not given beyond its minute, nor beyond when it changes by itself', async () => {
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

  it('is not given again where it changes with every moment', async () => {
    store.state.untilMs = undefined
    expect([await ask(), await ask()]).toEqual([1, 2])
  })

  it('is not given again while whoever made the revision may not be done', async () => {
    store.state.writers = ['1/1', '2/5']
    expect([await ask(), await ask()]).toEqual([1, 2])
    store.state.writers = ['2/5', '1/2']
    expect(await ask()).toBe(3)
    // Those who began later cannot have made the revision.
    store.state.writers = ['1/2', '2/6']
    expect([await ask(), await ask()]).toEqual([4, 4])
  })

  it('is not given again for who was done when another revision was seen', async () => {
    store.state.writers = ['1/1']
    await ask()
    Object.assign(store.state, { revision: 'b', writers: ['1/2'] })
    expect([await ask(), await ask()]).toEqual([2, 3])
  })

  it('is shared under such a revision by those only who asked before it was begun', async () => {
    store.state.writers = ['1/1']
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 2, 2])
  })

  it('is not older than the question, though others were answered at that time', async () => {
    const later: Promise<number>[] = []
    const make = async () => {
      store.state.revision = 'b'
      later.push(ask(), ask())
      return { value: { number: 0 }, untilMs: Number.POSITIVE_INFINITY }
    }
    const first = await cached.get({ key: 'one', revision: store.revision, make })
    expect([first.number, ...(await Promise.all(later))]).toEqual([0, 1, 1])
  })

  it('is not given again of what has no revision', async () => {
    store.state.revision = undefined
    expect([await ask(), await ask()]).toEqual([1, 2])
  })

  it('is worked out once for all who ask at the same time', async () => {
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1])
  })

  it('is one for each that is asked', async () => {
    expect([await ask('one'), await ask('two'), await ask('one')]).toEqual([1, 2, 1])
  })

  it('has an ETag that costs a look, and none once something was written', async () => {
    const question = { key: 'one', revision: store.revision, make: store.make }
    expect(await cached.etag(question)).toBeUndefined()
    await ask()
    const { looks } = store.state
    const etag = await cached.etag(question)
    expect(etag).toMatch(/^[\w-]{22}$/)
    expect([store.state.looks - looks, store.state.made]).toEqual([1, 1])
    store.state.revision = 'b'
    expect(await cached.etag(question)).toBeUndefined()
    await ask()
    expect(await cached.etag(question)).not.toBe(etag)
    await store.clock.set('2026-03-10T12:01:00Z')
    expect(await cached.etag(question)).toBeUndefined()
  })

  it('is the asker’s own: what one does to it no other sees', async () => {
    const get = () => cached.get({ key: 'one', revision: store.revision, make: store.make })
    const [first, second] = await Promise.all([get(), get()])
    for (const answer of [first, second, await get()]) Object.assign(answer, { number: 99 })
    expect(await ask()).toBe(1)
  })

  it('is not given of a working out that failed, and the next is told of its own', async () => {
    const fails = () => Promise.reject(new Error('away'))
    await expect(cached.get({ key: 'one', revision: store.revision, make: fails })).rejects.toThrow(
      'away',
    )
    expect(await ask()).toBe(1)
  })
})
