import { beforeEach, describe, expect, it } from 'vitest'
import { createFairTurns, type FairTurns } from '../../src/engine/fair-turns.ts'
import { type TestClock, testClock } from '../../src/testing/test-clock.ts'

const WAIT_MS = 1_000

describe('turns of many keys', () => {
  let clock: TestClock
  let turns: FairTurns
  /** The names of the works that have begun, in their order, and how to end each. */
  let begun: string[]
  let ends: Map<string, (failure?: Error) => void>
  beforeEach(() => {
    clock = testClock('2026-03-10T12:00:00Z')
    turns = createFairTurns({ clock, places: 3, mostWaiting: 4 })
    begun = []
    ends = new Map()
  })

  const ask = (key: string, name: string, most = 2): Promise<string> =>
    turns.run(key, { most, waitMs: WAIT_MS }, () => {
      begun.push(name)
      return new Promise((resolve, reject) => {
        ends.set(name, (failure) => (failure ? reject(failure) : resolve(name)))
      })
    })

  const settle = () => new Promise(setImmediate)

  it('give a key its part and no more, while others find a place at once', async () => {
    const noisy = ['a1', 'a2', 'a3', 'a4'].map((name) => ask('a', name))
    const quiet = ask('b', 'b1')
    await settle()
    expect(begun).toEqual(['a1', 'a2', 'b1'])
    for (const name of ['a1', 'a2', 'b1', 'a3', 'a4']) {
      ends.get(name)?.()
      await settle()
    }
    expect(await Promise.all([...noisy, quiet])).toEqual(['a1', 'a2', 'a3', 'a4', 'b1'])
  })

  it('go round the keys, and keep the order of each', async () => {
    const all = [ask('x', 'x1', 3), ask('x', 'x2', 3), ask('x', 'x3', 3)]
    for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) all.push(ask(name[0] ?? '', name, 1))
    await settle()
    for (const name of ['x1', 'a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'x2', 'x3']) {
      ends.get(name)?.()
      await settle()
    }
    expect(begun).toEqual(['x1', 'x2', 'x3', 'a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
    await Promise.all(all)
  })

  it('pass to the next also where a work fails', async () => {
    const failing = ask('a', 'a1', 1)
    const next = ask('a', 'a2', 1)
    await settle()
    ends.get('a1')?.(new Error('no'))
    await expect(failing).rejects.toThrow('no')
    await settle()
    ends.get('a2')?.()
    expect(await next).toBe('a2')
  })

  it('end for a work that waits too long, which then never begins', async () => {
    const first = ask('a', 'a1', 1)
    const late = ask('a', 'a2', 1)
    const refused = expect(late).rejects.toMatchObject({ code: 'overloaded' })
    await settle()
    await clock.advance(WAIT_MS)
    await refused
    ends.get('a1')?.()
    await first
    await settle()
    expect(begun).toEqual(['a1'])
    const after = ask('a', 'a3', 1)
    await settle()
    ends.get('a3')?.()
    expect(await after).toBe('a3')
  })

  it('refuse a key of which too many wait, and no other', async () => {
    const all = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'].map((name) => ask('a', name))
    await expect(ask('a', 'a7')).rejects.toMatchObject({ code: 'overloaded' })
    const other = ask('b', 'b1')
    await settle()
    for (const name of ['b1', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6']) {
      ends.get(name)?.()
      await settle()
    }
    expect(await other).toBe('b1')
    expect(await Promise.all(all)).toHaveLength(6)
  })
})
