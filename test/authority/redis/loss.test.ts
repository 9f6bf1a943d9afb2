import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Authority, Counter } from '../../../src/engine/counters/authority/authority.ts'
import { AuthorityUnavailable } from '../../../src/engine/counters/authority/authority-unavailable.ts'
import type { RedisAuthorityOptions } from '../../../src/engine/counters/authority/redis/open.ts'
import { testClock } from '../../../src/testing/test-clock.ts'
import { findRedis, type RedisBinaries } from '../../setup/redis-binaries.ts'
import { freePorts, type RedisProcesses, startRedis } from '../../setup/redis-process.ts'
import { leasedIn, levelOf, newOrganization, takeOne, want } from '../authority-store.ts'
import { PATIENT_MS, type RedisStore, redisStore } from './redis-store.ts'
import { pausesByHand, untilAnswered, untilEqual } from './waiting.ts'

const binaries = inject('redisUrl') === undefined ? undefined : findRedis()

describe.skipIf(binaries === undefined)('the authority with its own Redis', () => {
  let server: RedisProcesses
  let url: string
  let store: RedisStore
  let node: Authority
  let other: Authority
  const hand = testClock('2026-01-15T12:00:00Z')

  beforeAll(async () => {
    const ports = await freePorts(1)
    server = await startRedis(binaries as RedisBinaries, { ports })
    url = `redis://127.0.0.1:${ports[0]}`
  })
  afterAll(() => server.stop())
  beforeEach(() => {
    store = sameStore({ keyPrefix: `test-${crypto.randomUUID()}` })
    node = store.open('node')
    other = store.open('other')
  })
  afterEach(() => Promise.all([node.close(), other.close()]))

  const sameStore = (more: Partial<RedisAuthorityOptions>): RedisStore =>
    redisStore(url, {
      keyPrefix: store?.keyPrefix,
      time: 'store',
      timeoutMs: PATIENT_MS,
      clock: pausesByHand(hand),
      ...more,
    })

  const window = (max: number): Counter => ({
    key: 'calls',
    rule: { kind: 'window', max, endMs: Date.now() + 3_600_000 },
  })
  const rate: Counter = {
    key: 'calls',
    rule: { kind: 'rate', max: 1, windowMs: 3_600_000, burst: 10 },
  }

  const onServer = async <T>(work: (redis: Redis) => Promise<T>): Promise<T> => {
    const redis = new Redis(url)
    try {
      return await work(redis)
    } finally {
      redis.disconnect()
    }
  }

  it('seeds from the ledger again after a restart, and reports lost recalls', async () => {
    const organizationId = newOrganization()
    const counter = window(100)
    const hasty = sameStore({ timeoutMs: 50 }).open('hasty')
    const heard: unknown[] = []
    node.onRecall((recall) => heard.push(recall))
    store.ledger = async () => 40
    expect(await takeOne(node, organizationId, want(counter, 10), want(rate, 9))).toMatchObject({
      grants: [{ level: 50 }, { level: 9 }],
    })
    await untilEqual(() => heard.length, 1)

    const { ports } = server
    await server.stop()
    await expect(takeOne(hasty, organizationId, want(counter, 1))).rejects.toThrow(
      AuthorityUnavailable,
    )
    await hasty.close()
    store.ledger = async () => 48
    server = await startRedis(binaries as RedisBinaries, { ports })
    const after = () => takeOne(node, organizationId, want(counter, 10), want(rate, 9))
    expect(await untilAnswered(hand, after)).toMatchObject({
      grants: [{ level: 58 }, { level: 9 }],
    })
    expect(await untilAnswered(hand, () => levelOf(other, organizationId, counter))).toBe(58)
    await untilEqual(() => heard.length, 2)
    expect(heard).toEqual([undefined, undefined])
  })

  it("adds use on a lost lease to the ledger's level", async () => {
    const organizationId = newOrganization()
    const counter = window(1_000)
    expect(leasedIn(await takeOne(node, organizationId, want(counter, 1, 10)))).toBe(10)
    await onServer((redis) => redis.flushall())
    store.ledger = async () => 500
    await node.give([
      { organizationId, counter, units: 6, as: 'spent' },
      { organizationId, counter, units: 4, as: 'unused' },
    ])
    expect(await levelOf(other, organizationId, counter)).toBe(506)
  })

  it('continues when the server has lost its scripts', async () => {
    const organizationId = newOrganization()
    const counter = window(100)
    const asks = [organizationId, newOrganization(), newOrganization()].map((id) => ({
      organizationId: id,
      wants: [want(counter, 5)],
    }))
    for (const level of [5, 10]) {
      expect(await node.take(asks)).toEqual(
        asks.map(() => ({ taken: true, grants: [{ leased: 0, level }] })),
      )
      await onServer((redis) => redis.script('FLUSH'))
    }
  })

  it("follows the server's clock, whatever the processes' clocks say", async () => {
    const organizationId = newOrganization()
    const counter = window(5)
    const wrong = testClock('1999-01-01T00:00:00Z')
    const astray = sameStore({ clock: pausesByHand(wrong) }).open('astray')
    await takeOne(node, organizationId, want(counter, 5), want(rate, 10))
    const refused = await takeOne(astray, organizationId, want(counter, 1), want(rate, 1))
    await astray.close()
    const waits = refused.taken ? [] : refused.refused.map(({ retryAfterMs = 0 }) => retryAfterMs)
    expect(waits).toHaveLength(2)
    for (const waitMs of waits) {
      expect(waitMs).toBeGreaterThan(0)
      expect(waitMs).toBeLessThanOrEqual(3_600_000)
    }
  })

  it('sets an expiry on every key, and keeps an organization in one slot', async () => {
    await onServer((redis) => redis.flushall())
    const organizationId = 'a}{b'
    await takeOne(node, organizationId, want(window(1_000), 1, 5), want(rate, 1))
    await onServer(async (redis) => {
      const keys = await redis.keys('*')
      expect(keys).toHaveLength(2)
      const tags = keys.map((key) => key.slice(key.indexOf('{'), key.indexOf('}') + 1))
      expect(new Set(tags)).toEqual(new Set([`{${store.keyPrefix}:a%7d%7bb}`]))
      for (const key of keys) expect(await redis.pttl(key)).toBeGreaterThan(0)
    })
  })

  it('closes every connection it opened', async () => {
    const closing = store.open('closing')
    let listening = (): void => undefined
    const listens = new Promise<void>((resolve) => {
      listening = resolve
    })
    closing.onRecall(listening)
    await listens
    const ours = () => onServer(async (redis) => String(await redis.client('LIST')).split('\n'))
    const named = (lines: string[]) => lines.filter((line) => line.includes('name=tollgate'))
    expect(named(await ours())).not.toEqual([])
    await Promise.all([closing, node, other].map((each) => each.close()))
    await untilEqual(async () => named(await ours()).length, 0)
  })
})
