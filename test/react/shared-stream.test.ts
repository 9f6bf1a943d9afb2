import { describe, expect, it } from 'vitest'
import { followUsage, type LiveNews } from '../../src/react/client/follow-usage.ts'
import { createLiveResource } from '../../src/react/client/live-resource.ts'
import { shareStream } from '../../src/react/client/shared-stream.ts'
import { openReading, testLife, until, used } from './reading.ts'

const { door, reading } = openReading()

/** The locks of one browser: granted to one tab at a time, in the order of requests. */
const testLocks = () => {
  const queue: { readonly run: () => Promise<void>; readonly isOver: () => boolean }[] = []
  let isHeld = false
  const next = () => {
    const first = queue.shift()
    if (!first) return
    if (first.isOver()) return next()
    isHeld = true
    void first.run().finally(() => {
      isHeld = false
      next()
    })
  }
  const request = (_: string, { signal }: { signal: AbortSignal }, work: () => Promise<void>) =>
    new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
      const run = () => work().then(resolve, reject)
      queue.push({ run, isOver: () => signal.aborted })
      if (!isHeld) next()
    })
  return { request } as unknown as Pick<LockManager, 'request'>
}

let names = 0

/** Tabs of one browser for the same organization, with the number of open streams. */
const browserOf = (id: string) => {
  const { store } = reading(id, { lifeSeconds: 900 })
  const locks = testLocks()
  names += 1
  const name = `tollgate:test:${names}`
  let open = 0
  let most = 0
  const { clock } = door()
  const timers = { nowMs: () => clock.now().getTime(), after: clock.after }
  const tab = () => {
    const life = testLife()
    const calls = new Set<() => void>()
    const news: LiveNews[] = []
    const leave = shareStream({
      name,
      locks,
      life,
      timers,
      random: () => 0,
      channel: (of) => new BroadcastChannel(of),
      open: async (after, signal) => {
        open += 1
        most = Math.max(most, open)
        signal.addEventListener('abort', () => {
          open -= 1
        })
        return store.reader.stream(id, after, signal)
      },
      tell: (told) => {
        news.push(told)
        for (const call of [...calls]) call()
      },
    })
    const onChange = (call: () => void) => {
      calls.add(call)
      return () => calls.delete(call)
    }
    const events = () => news.findLast(({ figures }) => figures)?.figures?.month.events
    return { life, news, leave, onChange, events }
  }
  return { tab, open: () => open, most: () => most }
}

type Tab = ReturnType<ReturnType<typeof browserOf>['tab']>
const seen = (tab: Tab, events: number) => until(() => tab.events() === events, tab.onChange)

describe('eight tabs of a browser', () => {
  it('share one stream, and all see new usage', async () => {
    const { id } = await door().organization()
    const browser = browserOf(id)
    const tabs = Array.from({ length: 8 }, () => browser.tab())
    await Promise.all(tabs.map((tab) => seen(tab, 0)))
    await used(door(), id)
    await door().clock.advance(1_000)
    await Promise.all(tabs.map((tab) => seen(tab, 1)))
    expect(browser.most()).toBe(1)
    // A tab that opens later receives the known figures.
    const late = browser.tab()
    await seen(late, 1)
    expect(browser.most()).toBe(1)
    for (const tab of [...tabs, late]) tab.leave()
  })

  it('hand the stream over when the reading tab closes', async () => {
    const { id } = await door().organization()
    const browser = browserOf(id)
    const first = browser.tab()
    await seen(first, 0)
    const second = browser.tab()
    await seen(second, 0)
    first.leave()
    await until(() => browser.open() === 1, second.onChange)
    await used(door(), id)
    await door().clock.advance(1_000)
    await seen(second, 1)
    expect(browser.most()).toBe(1)
    second.leave()
  })

  it('close the stream after all were hidden for 30 s, and reopen it later', async () => {
    const { id } = await door().organization()
    const browser = browserOf(id)
    const tab = browser.tab()
    await seen(tab, 0)
    tab.life.hide()
    await door().clock.advance(29_000)
    expect(browser.open()).toBe(1)
    await door().clock.advance(1_000)
    expect(browser.open()).toBe(0)
    await used(door(), id)
    tab.life.show()
    await seen(tab, 1)
    tab.leave()
  })
})

describe('a stream', () => {
  it('continues with a new token when the old one expires, and loses nothing', async () => {
    const { id } = await door().organization()
    const { store, failures, asked } = reading(id, { lifeSeconds: 5 })
    const { clock } = door()
    const stop = new AbortController()
    const news: LiveNews[] = []
    const calls = new Set<() => void>()
    const following = followUsage({
      after: undefined,
      signal: stop.signal,
      random: () => 0,
      timers: { nowMs: () => clock.now().getTime(), after: clock.after },
      open: (after, signal) => store.reader.stream(id, after, signal),
      tell: (told) => {
        news.push(told)
        for (const call of [...calls]) call()
      },
    })
    const events = () => news.findLast(({ figures }) => figures)?.figures?.month.events
    const told = (count: number) =>
      until(
        () => events() === count,
        (call) => {
          calls.add(call)
          return () => calls.delete(call)
        },
      )
    await told(0)
    for (let second = 1; second <= 60; second += 1) {
      await used(door(), id)
      await clock.advance(1_000)
      await told(second)
    }
    stop.abort()
    await following
    expect(new Set(news.map(({ state }) => state))).toEqual(new Set(['live']))
    expect(failures).toEqual([])
    expect(asked.filter(({ status }) => status !== 200)).toEqual([])
    expect(asked.length).toBeGreaterThan(5)
  })

  it('backs off after each failure', async () => {
    const { clock } = door()
    const stop = new AbortController()
    const states: string[] = []
    let opened = 0
    const following = followUsage({
      after: undefined,
      signal: stop.signal,
      random: () => 0,
      timers: { nowMs: () => clock.now().getTime(), after: clock.after },
      open: async () => {
        opened += 1
        // A stream that ends at once counts as a failure.
        return new Response('retry: 2000\n\n')
      },
      tell: ({ state }) => states.push(state),
    })
    for (let second = 0; second < 60; second += 1) {
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
      await new Promise((resolve) => setImmediate(resolve))
      await clock.advance(1_000)
    }
    stop.abort()
    await following
    expect(opened).toBeGreaterThan(3)
    expect(opened).toBeLessThanOrEqual(7)
    expect(states.at(-1)).toBe('away')
  })

  it('falls back to polling every 15 s if too many streams are open', async () => {
    const { id } = await door().organization()
    const { store, life } = reading(id)
    const { clock } = door()
    let tell: (news: LiveNews) => void = () => {}
    const live = createLiveResource({
      life,
      onError: () => {},
      onUse: () => {},
      timers: { nowMs: () => clock.now().getTime(), after: clock.after },
      share: (given) => {
        tell = given
        return () => {}
      },
      read: () => store.reader.read('usage.current', { organizationId: id }) as never,
    })
    const stop = live.subscribe(() => {})
    expect(live.snapshot().status).toBe('loading')
    tell({ state: 'full' })
    await until(() => live.snapshot().data?.month.events === 0, live.subscribe)
    await used(door(), id)
    await clock.advance(15_000)
    await until(() => live.snapshot().data?.month.events === 1, live.subscribe)
    stop()
  })
})
