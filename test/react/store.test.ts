import { describe, expect, it } from 'vitest'
import type { UsageDashboard } from '../../src/contract/insight.ts'
import type { CurrentUsage } from '../../src/contract/tenancy.ts'
import { openReading, until, used } from './reading.ts'

const { door, reading, tokenFor } = openReading()

describe('the data of a page', () => {
  it('are the server’s, read once for all components', async () => {
    const { id } = await door().organization()
    await used(door(), id)
    const { store, asked, tokens } = reading(id)
    const dashboard = store.resource<UsageDashboard>('usage.dashboard', { organizationId: id })
    const stops = [dashboard.subscribe(() => {}), dashboard.subscribe(() => {})]
    expect(dashboard.snapshot().status).toBe('loading')
    await until(() => dashboard.snapshot().status === 'ready', dashboard.subscribe)
    const told = await door().tollgate.usage.dashboard({ organizationId: id })
    expect(dashboard.snapshot().data).toEqual(told)
    expect(dashboard.snapshot().data?.dashboard.events.total).toBe(1)
    expect(asked).toHaveLength(1)
    expect(tokens()).toBe(1)
    expect(store.resource('usage.dashboard', { organizationId: id })).toBe(dashboard)
    for (const stop of stops) stop()
  })

  it('are refreshed each minute and on focus, but not while the page is hidden', async () => {
    const { id } = await door().organization()
    const { store, asked, life } = reading(id)
    const dashboard = store.resource<UsageDashboard>('usage.dashboard', { organizationId: id })
    const stop = dashboard.subscribe(() => {})
    await until(() => dashboard.snapshot().status === 'ready', dashboard.subscribe)
    await used(door(), id)
    await door().clock.advance(60_000)
    await until(() => dashboard.snapshot().data?.dashboard.events.total === 1, dashboard.subscribe)
    life.hide()
    await door().clock.advance(600_000)
    expect(asked).toHaveLength(2)
    await used(door(), id)
    life.show()
    await until(() => dashboard.snapshot().data?.dashboard.events.total === 2, dashboard.subscribe)
    stop()
    await door().clock.advance(600_000)
    expect(asked).toHaveLength(3)
  })

  it('stay, marked as stale, while a refresh fails, and are read after that', async () => {
    const { id } = await door().organization()
    let isAway = false
    const { store, failures } = reading(id, {
      fetch: async (...request) => {
        if (isAway) throw new TypeError('no network')
        return fetch(...request)
      },
    })
    const dashboard = store.resource<UsageDashboard>('usage.dashboard', { organizationId: id })
    const stop = dashboard.subscribe(() => {})
    await until(() => dashboard.snapshot().status === 'ready', dashboard.subscribe)
    const before = dashboard.snapshot()
    isAway = true
    await dashboard.refresh()
    expect(dashboard.snapshot()).toMatchObject({ status: 'stale', data: before.data })
    expect(dashboard.snapshot().asOfMs).toBe(before.asOfMs)
    expect(failures.at(-1)?.code).toBe('unavailable')
    isAway = false
    await door().clock.advance(5_000)
    await until(() => dashboard.snapshot().status === 'ready', dashboard.subscribe)
    stop()
  })

  it('are refused and hidden with a token of another organization', async () => {
    const mine = await door().organization()
    const theirs = await door().organization()
    const { store, failures } = reading(theirs.id, { getToken: () => tokenFor(mine.id, 60) })
    const dashboard = store.resource('usage.dashboard', { organizationId: theirs.id })
    await dashboard.refresh()
    expect(dashboard.snapshot()).toMatchObject({ status: 'refused', data: undefined })
    expect(failures).toHaveLength(1)
  })

  it('start with the initial data, and are refreshed at once', async () => {
    const { id } = await door().organization()
    const told = await door().tollgate.usage.dashboard({ organizationId: id })
    const { store, asked } = reading(id, { initialData: { 'usage.dashboard': told } })
    const dashboard = store.resource<UsageDashboard>('usage.dashboard', { organizationId: id })
    expect(dashboard.initial()).toMatchObject({ status: 'ready', data: told })
    const other = store.resource('usage.dashboard', { organizationId: 'another' })
    expect(other.initial().status).toBe('loading')
    const stop = dashboard.subscribe(() => {})
    await until(() => dashboard.snapshot().asOfMs !== undefined, dashboard.subscribe)
    expect(asked).toHaveLength(1)
    stop()
  })

  it('are polled every 15 s if tabs cannot share a stream', async () => {
    const { id } = await door().organization()
    const { store } = reading(id)
    const live = store.live(id)
    const stop = live.subscribe(() => {})
    const events = () => (live.snapshot().data as CurrentUsage | undefined)?.month.events
    await until(() => events() === 0, live.subscribe)
    await used(door(), id)
    await door().clock.advance(15_000)
    await until(() => events() === 1, live.subscribe)
    stop()
  })

  it('are cached for what is shown, and forty others', async () => {
    const { id } = await door().organization()
    const { store } = reading(id)
    const first = store.resource('usage.history', { organizationId: id, userId: 'user-0' })
    const watched = store.resource('usage.history', { organizationId: id, userId: 'watched' })
    const stop = watched.subscribe(() => {})
    for (let index = 1; index < 60; index += 1) {
      store.resource('usage.history', { organizationId: id, userId: `user-${index}` })
    }
    const again = (userId: string) =>
      store.resource('usage.history', { organizationId: id, userId })
    expect(again('watched')).toBe(watched)
    expect(again('user-0')).not.toBe(first)
    stop()
  })
})

describe('a token', () => {
  it('of five seconds is renewed over a minute without a 401', async () => {
    const { id } = await door().organization()
    const { store, asked, failures, tokens } = reading(id, { lifeSeconds: 5 })
    const dashboard = store.resource<UsageDashboard>('usage.dashboard', { organizationId: id })
    for (let second = 1; second <= 60; second += 1) {
      await door().clock.advance(1_000)
      await used(door(), id)
      await dashboard.refresh()
      expect(dashboard.snapshot().status).toBe('ready')
      expect(dashboard.snapshot().data?.dashboard.events.total).toBe(second)
    }
    expect(asked.filter(({ status }) => status !== 200)).toEqual([])
    expect(failures).toEqual([])
    // A token is renewed at four fifths of its life.
    expect(tokens()).toBe(15)
  })

  it('that expired early is renewed, and the call is repeated once', async () => {
    const { id } = await door().organization()
    let isSkewed = true
    const { store, asked, failures, tokens } = reading(id, {
      getToken: async () => {
        const { token } = await tokenFor(id, isSkewed ? 5 : 900)
        isSkewed = false
        // A page whose clock is slow believes that the token lasts an hour.
        const inAnHour = new Date(door().clock.now().getTime() + 3_600_000)
        return { token, expiresAt: inAnHour.toISOString() }
      },
    })
    const dashboard = store.resource<UsageDashboard>('usage.dashboard', { organizationId: id })
    await dashboard.refresh()
    await door().clock.advance(6_000)
    await Promise.all([
      dashboard.refresh(),
      store.resource('usage.history', { organizationId: id }).refresh(),
    ])
    expect(dashboard.snapshot().status).toBe('ready')
    expect(failures).toEqual([])
    expect(asked.map(({ status }) => status).sort()).toEqual([200, 200, 200, 401, 401])
    expect(tokens()).toBe(2)
  })

  it('that cannot be renewed leaves the figures, and reports the failure', async () => {
    const { id } = await door().organization()
    let isAway = false
    const { store, failures } = reading(id, {
      getToken: async () => {
        if (isAway) throw new Error('signed out')
        return tokenFor(id, 5)
      },
    })
    const dashboard = store.resource<UsageDashboard>('usage.dashboard', { organizationId: id })
    await dashboard.refresh()
    isAway = true
    await door().clock.advance(6_000)
    await dashboard.refresh()
    expect(dashboard.snapshot().status).toBe('stale')
    expect(dashboard.snapshot().error?.name).toBe('NoToken')
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['token']))
  })
})
