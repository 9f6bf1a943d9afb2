import { describe, expect, it } from 'vitest'
import { type LimitTerms, looserFaults } from '../../src/core/limit-tightening.ts'

const PLAN: LimitTerms = {
  meter: 'tokens',
  window: 'day',
  max: 100n,
  behavior: 'hard',
  burst: null,
  cap: null,
  onFailure: null,
  durable: false,
  anonymous: null,
}

const fieldsOf = (wanted: Partial<LimitTerms>, plan: Partial<LimitTerms> = {}) => {
  const than = { ...PLAN, ...plan }
  return looserFaults({ ...than, ...wanted }, than).map(({ field }) => field)
}

const RATE = { window: 'minute', max: 60n } as const

describe('a limit compared with another', () => {
  it.each<[string, Partial<LimitTerms>, Partial<LimitTerms>]>([
    ['the same', {}, {}],
    ['less', { max: 99n }, {}],
    ['nothing at all', { max: 0n }, {}],
    ['hard for overage', { behavior: 'hard', cap: null }, { behavior: 'overage', cap: 500n }],
    ['overage for soft', { behavior: 'overage' }, { behavior: 'soft' }],
    ['a lower cap', { cap: 400n }, { behavior: 'overage', cap: 500n }],
    ['a cap for none', { cap: 400n }, { behavior: 'overage' }],
    ['anything for unlimited', { max: 5n, behavior: 'hard' }, { max: null }],
    ['unlimited for unlimited', { max: null }, { max: null }],
    ['a lower burst', { burst: 5n }, { ...RATE, burst: 10n }],
    ['a lower rate with the same burst', { max: 30n }, { ...RATE, burst: 10n }],
    ['closed for open', { onFailure: 'closed' }, { onFailure: 'open' }],
    ['durable for not', { durable: true }, {}],
  ])('is not looser: %s', (_, wanted, plan) => {
    expect(fieldsOf(wanted, plan)).toEqual([])
  })

  it.each<[string[], string, Partial<LimitTerms>, Partial<LimitTerms>]>([
    [['max'], 'more', { max: 101n }, {}],
    [['max'], 'unlimited', { max: null }, {}],
    [['behavior', 'onFailure'], 'overage for hard', { behavior: 'overage' }, {}],
    [['behavior', 'onFailure'], 'soft for hard', { behavior: 'soft' }, {}],
    [['behavior'], 'soft for overage', { behavior: 'soft' }, { behavior: 'overage' }],
    [['max'], 'more, hard for overage', { behavior: 'hard', max: 101n }, { behavior: 'overage' }],
    [['cap', 'onFailure'], 'no cap', { cap: null }, { behavior: 'overage', cap: 500n }],
    [['cap'], 'a higher cap', { cap: 501n }, { behavior: 'overage', cap: 500n }],
    [['burst'], 'a higher burst', { burst: 61n }, RATE],
    [['burst'], 'no burst, which is all', { burst: null }, { ...RATE, burst: 10n }],
    [['onFailure'], 'open for closed', { onFailure: 'open' }, {}],
    [['durable'], 'not durable', { durable: false }, { durable: true }],
    [['max', 'durable'], 'two at once', { max: 101n, durable: false }, { durable: true }],
  ])('is looser by %j: %s', (fields, _, wanted, plan) => {
    expect(fieldsOf(wanted, plan)).toEqual(fields)
  })
})
