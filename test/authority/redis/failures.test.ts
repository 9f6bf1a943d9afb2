import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Authority } from '../../../src/engine/counters/authority/authority.ts'
import { AuthorityUnavailable } from '../../../src/engine/counters/authority/authority-unavailable.ts'
import { type TestClock, testClock } from '../../../src/testing/test-clock.ts'
import { levelOf, newOrganization, takeOne, want, windowOf } from '../authority-store.ts'
import { type FaultyPath, openProxy } from './redis-proxy.ts'
import { PATIENT_MS, redisStore } from './redis-store.ts'
import { pausesByHand, untilAnswered, untilEqual } from './waiting.ts'

const url = inject('redisUrl')
const TIMEOUT_MS = 50
const FAILURES_TO_OPEN = 5

describe.skipIf(url === undefined)('the authority while Redis is unavailable', () => {
  let proxy: FaultyPath
  let hand: TestClock
  let store: ReturnType<typeof redisStore>
  let direct: Authority
  let node: Authority

  beforeEach(async () => {
    proxy = await openProxy(url as string)
    hand = testClock('2026-01-15T12:00:00Z')
    store = redisStore(proxy.url, { timeoutMs: TIMEOUT_MS, clock: pausesByHand(hand) })
    direct = redisStoreBeside().open('direct')
    node = store.open('node')
    await untilAnswered(hand, () => levelOf(node, 'warm', windowOf(store, 1)))
  })
  afterEach(async () => {
    proxy.release()
    await Promise.all([node.close(), direct.close()])
    await proxy.close()
  })

  /** Another process, which reaches the same counters without the proxy. */
  const redisStoreBeside = () =>
    redisStore(url as string, {
      keyPrefix: store.keyPrefix,
      time: store.nowMs,
      timeoutMs: PATIENT_MS,
    })

  it('fails every kind of call after the time-out', async () => {
    const organizationId = newOrganization()
    const counter = windowOf(store, 100)
    proxy.holdAnswers()
    const calls = [
      takeOne(node, organizationId, want(counter, 1)),
      node.give([{ organizationId, counter, units: 1, as: 'spent' }]),
      node.recall(organizationId),
    ]
    for (const call of calls) await expect(call).rejects.toThrow(AuthorityUnavailable)
  })

  it('fails at once after several failures, and continues when Redis answers again', async () => {
    const organizationId = newOrganization()
    const counter = windowOf(store, 100)
    const take = () => takeOne(node, organizationId, want(counter, 1))
    proxy.holdAnswers()
    for (let i = 0; i < FAILURES_TO_OPEN; i++) await expect(take()).rejects.toThrow(/50 ms/)
    proxy.release()
    await expect(take()).rejects.toThrow(/is not asked for now/)
    await hand.advance(999)
    await expect(take()).rejects.toThrow(/is not asked for now/)
    expect((await untilAnswered(hand, take)).taken).toBe(true)
    expect((await take()).taken).toBe(true)
  })

  it('returns the units of a take whose answer arrives too late', async () => {
    const organizationId = newOrganization()
    const counter = windowOf(store, 1_000)
    const rate = {
      key: 'r',
      rule: { kind: 'rate', max: 500, windowMs: 60_000, burst: 500 },
    } as const
    const late = [want(counter, 40, 10), want(rate, 40, 4)]
    await takeOne(direct, organizationId, want(counter, 100), want(rate, 10))
    proxy.holdAnswers()
    await expect(takeOne(node, organizationId, ...late)).rejects.toThrow(AuthorityUnavailable)
    await proxy.held()
    expect(await levelOf(direct, organizationId, counter)).toBe(150)
    expect(await levelOf(direct, organizationId, rate)).toBe(54)
    proxy.release()
    await untilEqual(() => levelOf(direct, organizationId, counter), 100)
    await untilEqual(() => levelOf(direct, organizationId, rate), 10)
  })

  it('never resends a take whose answer was lost with the connection', async () => {
    const organizationId = newOrganization()
    const counter = windowOf(store, 1_000)
    await levelOf(direct, organizationId, counter)
    proxy.holdAnswers()
    const taking = takeOne(node, organizationId, want(counter, 40))
    const failed = expect(taking).rejects.toThrow(AuthorityUnavailable)
    await proxy.held()
    proxy.cut()
    await failed
    proxy.release()
    await untilAnswered(hand, () => levelOf(node, organizationId, counter))
    expect(await levelOf(direct, organizationId, counter)).toBe(40)
  })

  it('reports that recalls may be lost after their connection broke', async () => {
    const heard: unknown[] = []
    node.onRecall((recall) => heard.push(recall))
    await untilEqual(() => heard.length, 1)
    proxy.cut()
    await untilEqual(() => heard.length, 2)
    expect(heard).toEqual([undefined, undefined])
    const organizationId = newOrganization()
    await direct.recall(organizationId)
    await untilEqual(() => heard.length, 3)
    expect(heard[2]).toBe(organizationId)
  })

  it('returns what it took from some organizations if another failed', async () => {
    const [one, other] = [newOrganization(), newOrganization()]
    const counter = windowOf(store, 1_000)
    await takeOne(direct, one, want(counter, 3))
    await store.breakCounter(other, counter)
    const taking = direct.take([
      { organizationId: one, wants: [want(counter, 7, 2)] },
      { organizationId: other, wants: [want(counter, 7)] },
    ])
    await expect(taking).rejects.toThrow(/WRONGTYPE/)
    await untilEqual(() => levelOf(direct, one, counter), 3)
  })

  it('closes its connections and refuses calls once closed, even while nothing answers', async () => {
    proxy.holdAnswers()
    const pending = expect(levelOf(node, 'org', windowOf(store, 1))).rejects.toThrow(
      AuthorityUnavailable,
    )
    proxy.cut()
    await node.close()
    await pending
    await expect(levelOf(node, 'org', windowOf(store, 1))).rejects.toThrow(/closed/)
  })
})
