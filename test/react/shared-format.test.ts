import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  amountOf,
  compact,
  durationText,
  exact,
  exactMoney,
  limitSentence,
  money,
  percent,
  price,
  relativeText,
  spanText,
  standingOf,
  stretchText,
  unitPrice,
} from '../../src/react/format/index.ts'

describe('amounts', () => {
  it('are exact, with thousands separators', () => {
    expect([exact(69_988.2), exact('1234567.000001'), exact(0), exact(-1_500)]).toEqual([
      ...['69,988.2', '1,234,567.000001', '0', '\u22121,500'],
    ])
  })

  it('have three significant digits in short form', () => {
    expect([compact(70_013.2), compact(1_434), compact(11_131_213), compact(0)]).toEqual([
      ...['70.0k', '1,434', '11.1M', '0'],
    ])
  })

  it('differ from an unknown value', () => {
    expect([exact(null), compact(undefined), money(null), percent(null)]).toEqual([
      ...['—', '—', '—', '—'],
    ])
  })

  it('of bytes have decimal units', () => {
    expect(amountOf('storage_bytes', 18_500_000_000)).toBe('18.5\u00a0GB')
    expect([0, 1, 13].map((amount) => amountOf('storage_bytes', amount))).toEqual([
      ...['0\u00a0bytes', '1\u00a0byte', '13\u00a0bytes'],
    ])
    expect(unitPrice('storage_bytes', '0.0000000001')).toBe('$0.10 a GB')
  })
})

describe('money', () => {
  it('is rounded once, as invoices are', () => {
    expect([money('24.9705'), money('24.975'), exactMoney('24.9705')]).toEqual([
      ...['$24.97', '$24.98', '$24.9705'],
    ])
  })

  it('is written as zero only if it is zero', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), (pico) => {
        const sign = pico < 0n ? '-' : ''
        const digits = (pico < 0n ? -pico : pico).toString().padStart(13, '0')
        const shown = money(`${sign}${digits.slice(0, -12)}.${digits.slice(-12)}`)
        expect(/^\u2212?\$0\.00$/.test(shown)).toBe(pico === 0n)
      }),
    )
  })

  it('names a price by agreement', () => {
    expect([price('149'), price('9.50'), price(null)]).toEqual(['$149', '$9.50', 'by agreement'])
  })
})

describe('percentages', () => {
  it('are 100 only if a limit is reached', () => {
    expect([percent(99.96), percent(100), percent(116.64), percent(0.02), percent(0)]).toEqual([
      ...['99.9\u00a0%', '100\u00a0%', '116.6\u00a0%', '<0.1\u00a0%', '0\u00a0%'],
    ])
  })
})

describe('limits', () => {
  const limit = { meter: 'credits', window: 'period', max: 60_000, used: 69_988.2 }

  it('have a status by their behaviour past the maximum', () => {
    const past = { max: 1, percentageUsed: 100 }
    expect(
      (['hard', 'soft', 'overage'] as const).map((behavior) => standingOf({ ...past, behavior })),
    ).toEqual(['reached', 'soft', 'overage'])
    expect(standingOf({ max: 1, percentageUsed: 99.99, behavior: 'hard' })).toBe('near')
    expect(standingOf({ max: null, percentageUsed: null, behavior: 'hard' })).toBe('unlimited')
  })

  it('are described in one sentence', () => {
    expect(limitSentence({ ...limit, behavior: 'overage', percentageUsed: 116.64 })).toBe(
      'Credits a billing period: 69,988.2 of 60,000 used, 116.6\u00a0%; past it, it bills overage.',
    )
  })
})

describe('times', () => {
  it('name the first and last day of a range', () => {
    const span = { start: '2026-11-05T00:00:00.000Z', end: '2026-12-05T00:00:00.000Z' }
    expect(spanText(span, { timeZone: 'UTC' })).toBe('5 Nov to 4 Dec 2026')
    expect(spanText({ ...span, start: '2025-09-05T00:00:00.000Z' }, { timeZone: 'UTC' })).toBe(
      '5 Sep 2025 to 4 Dec 2026',
    )
  })

  it('are relative in two units', () => {
    expect(stretchText(11_520_000)).toBe('3 h 12 min')
    expect(relativeText('2026-01-01T00:00:00.000Z', Date.UTC(2026, 0, 1, 0, 4))).toBe('4 min ago')
    expect([durationText(83), durationText(8_933), durationText(101_070)]).toEqual([
      ...['83\u00a0ms', '8.93\u00a0s', '1\u00a0min 41\u00a0s'],
    ])
  })
})
