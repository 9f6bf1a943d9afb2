import { Redis } from 'ioredis'
import { systemClock } from '../../../src/engine/clock.ts'
import type { Counter } from '../../../src/engine/counters/authority/authority.ts'
import { keyNames } from '../../../src/engine/counters/authority/redis/key-names.ts'
import {
  openRedisAuthority,
  type RedisAuthorityOptions,
} from '../../../src/engine/counters/authority/redis/open.ts'
import { newOrganization, type StoreBesideLedger } from '../authority-store.ts'

const LEASE_TTL_MS = 3_000

/** Long enough for a machine busy with other tests; other tests cover time-outs. */
export const PATIENT_MS = 10_000

export interface RedisStore extends StoreBesideLedger {
  readonly keyPrefix: string
  /** Replaces a counter's value by one that no script can read. */
  breakCounter(organizationId: string, counter: Counter): Promise<void>
}

/** A store on a Redis shared by tests, with its own key prefix. */
export const redisStore = (url: string, more: Partial<RedisAuthorityOptions> = {}): RedisStore => {
  let nowMs = Date.UTC(2026, 0, 15, 12)
  const keyPrefix = more.keyPrefix ?? `test-${crypto.randomUUID()}`
  const store: RedisStore = {
    open: (node) =>
      openRedisAuthority({
        url,
        node,
        keyPrefix,
        clock: systemClock,
        time: () => nowMs,
        timeoutMs: PATIENT_MS,
        leaseTtlMs: LEASE_TTL_MS,
        seed: (organizationId, counters) =>
          Promise.all(
            counters.map(({ key }) => {
              const name = `${organizationId} ${key}`
              store.ledgerCalls.set(name, (store.ledgerCalls.get(name) ?? 0) + 1)
              return store.ledger(node, organizationId, key)
            }),
          ),
        ...more,
      }),
    organization: async () => newOrganization(),
    calls: 20_480,
    nowMs: () => nowMs,
    advance: (byMs) => {
      nowMs += byMs
    },
    ledger: async () => 0,
    ledgerCalls: new Map(),
    leaseTtlMs: LEASE_TTL_MS,
    close: async () => undefined,
    keyPrefix,
    breakCounter: async (organizationId, { key, rule }) => {
      const redis = new Redis(url)
      await redis.set(keyNames(keyPrefix).counter(organizationId, rule.kind, key), '', 'EX', 60)
      redis.disconnect()
    },
  }
  return store
}
