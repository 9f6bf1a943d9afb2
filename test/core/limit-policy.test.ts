import { describe, expect, it } from 'vitest'
import { LIMIT_BEHAVIORS, TIME_WINDOWS } from '../../src/core/catalog-words.ts'
import { includesFeature } from '../../src/core/features.ts'
import { mustBeDurable, onFailureOf } from '../../src/core/limit-policy.ts'

const limit = { meter: 'tokens', window: 'day', behavior: 'hard' } as const
const quotas = TIME_WINDOWS.filter((window) => window !== 'minute')

describe('while a limit cannot be read', () => {
  it.each(['minute', 'concurrent'] as const)('a %s limit allows a call', (window) => {
    for (const behavior of LIMIT_BEHAVIORS) {
      expect(onFailureOf({ ...limit, window, behavior })).toBe('open')
    }
  })

  it.each(quotas)('only a hard limit and a cap per %s refuse a call', (window) => {
    expect(onFailureOf({ ...limit, window })).toBe('closed')
    expect(onFailureOf({ ...limit, window, behavior: 'soft' })).toBe('open')
    expect(onFailureOf({ ...limit, window, behavior: 'overage' })).toBe('open')
    expect(onFailureOf({ ...limit, window, behavior: 'overage', cap: null })).toBe('open')
    expect(onFailureOf({ ...limit, window, behavior: 'overage', cap: 5 })).toBe('closed')
  })

  it("the limit's own setting applies", () => {
    expect(onFailureOf({ ...limit, onFailure: 'open' })).toBe('open')
    expect(onFailureOf({ ...limit, window: 'minute', onFailure: 'closed' })).toBe('closed')
    expect(onFailureOf({ ...limit, behavior: 'overage', cap: 5, onFailure: 'open' })).toBe('open')
  })
})

describe('PostgreSQL alone decides a limit', () => {
  it('if it is on credits, has a cap or is marked durable, and only then', () => {
    expect(mustBeDurable(limit)).toBe(false)
    expect(mustBeDurable({ ...limit, window: 'minute' })).toBe(false)
    expect(mustBeDurable({ ...limit, durable: true })).toBe(true)
    expect(mustBeDurable({ ...limit, behavior: 'overage', cap: 5 })).toBe(true)
    expect(mustBeDurable({ ...limit, meter: 'credits' })).toBe(true)
  })

  it('even if a limit on money is marked otherwise', () => {
    expect(mustBeDurable({ ...limit, meter: 'credits', durable: false })).toBe(true)
    expect(mustBeDurable({ ...limit, behavior: 'overage', cap: 0, durable: false })).toBe(true)
  })
})

describe('a plan includes a feature', () => {
  it.each([true, 1, -1, 0.5, 'email', { metered: 'tokens' }])('with the value %j', (value) => {
    expect(includesFeature({ chat: value }, 'chat')).toBe(true)
  })

  it.each([false, 0, '', null, undefined, {}, []])('but not with the value %j', (value) => {
    expect(includesFeature({ chat: value }, 'chat')).toBe(false)
  })

  it.each([{}, undefined, null, 'chat', ['chat']])('but not without an entry: %j', (features) => {
    expect(includesFeature(features, 'chat')).toBe(false)
    expect(includesFeature(features, 'toString')).toBe(false)
  })
})
