import { describe, expect, it } from 'vitest'
import { LIMIT_BEHAVIORS, TIME_WINDOWS } from '../../src/core/catalog-words.ts'
import { includesFeature } from '../../src/core/features.ts'
import { mustBeDurable, onFailureOf } from '../../src/core/limit-policy.ts'

const limit = { meter: 'tokens', window: 'day', behavior: 'hard' } as const
const quotas = TIME_WINDOWS.filter((window) => window !== 'minute')

describe('when a limit cannot be looked at', () => {
  it.each(['minute', 'concurrent'] as const)('a call is let through a %s limit', (window) => {
    for (const behavior of LIMIT_BEHAVIORS) {
      expect(onFailureOf({ ...limit, window, behavior })).toBe('open')
    }
  })

  it.each(quotas)(
    'a call is refused by a hard limit and a cap by the %s, and no other',
    (window) => {
      expect(onFailureOf({ ...limit, window })).toBe('closed')
      expect(onFailureOf({ ...limit, window, behavior: 'soft' })).toBe('open')
      expect(onFailureOf({ ...limit, window, behavior: 'overage' })).toBe('open')
      expect(onFailureOf({ ...limit, window, behavior: 'overage', cap: null })).toBe('open')
      expect(onFailureOf({ ...limit, window, behavior: 'overage', cap: 5 })).toBe('closed')
    },
  )

  it('what the limit says itself holds', () => {
    expect(onFailureOf({ ...limit, onFailure: 'open' })).toBe('open')
    expect(onFailureOf({ ...limit, window: 'minute', onFailure: 'closed' })).toBe('closed')
    expect(onFailureOf({ ...limit, behavior: 'overage', cap: 5, onFailure: 'open' })).toBe('open')
  })
})

describe('a limit is PostgreSQL’s alone', () => {
  it('where it is of credits, has a cap or is marked so, and nowhere else', () => {
    expect(mustBeDurable(limit)).toBe(false)
    expect(mustBeDurable({ ...limit, window: 'minute' })).toBe(false)
    expect(mustBeDurable({ ...limit, durable: true })).toBe(true)
    expect(mustBeDurable({ ...limit, behavior: 'overage', cap: 5 })).toBe(true)
    expect(mustBeDurable({ ...limit, meter: 'credits' })).toBe(true)
  })

  it('also where one of money is marked otherwise', () => {
    expect(mustBeDurable({ ...limit, meter: 'credits', durable: false })).toBe(true)
    expect(mustBeDurable({ ...limit, behavior: 'overage', cap: 0, durable: false })).toBe(true)
  })
})

describe('a plan includes a feature', () => {
  it.each([true, 1, -1, 0.5, 'email', { metered: 'tokens' }])('that is %j', (value) => {
    expect(includesFeature({ chat: value }, 'chat')).toBe(true)
  })

  it.each([false, 0, '', null, undefined, {}, []])('never that is %j', (value) => {
    expect(includesFeature({ chat: value }, 'chat')).toBe(false)
  })

  it.each([{}, undefined, null, 'chat', ['chat']])('never where there is none: %j', (features) => {
    expect(includesFeature(features, 'chat')).toBe(false)
    expect(includesFeature(features, 'toString')).toBe(false)
  })
})
