import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exactMoney, money } from '../../src/react/format/index.ts'
import { formatOf } from '../../src/react/words/format.ts'
import { wordsOf } from '../../src/react/words/words.ts'

const english = formatOf('en-GB')
const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.integer({ min: 0, max: 12 }))
  .map(([units, scale]) => {
    const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
    const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
    return `${units < 0n ? '-' : ''}${text}`
  })

describe('money', () => {
  it.each([
    ['0', '$0.00'],
    ['0.00', '$0.00'],
    ['0.004', '<$0.01'],
    ['0.0000000001', '<$0.01'],
    ['-0.004', '>-$0.01'],
    ['1234.5', '$1,234.50'],
    ['9007199254740993.01', '$9,007,199,254,740,993.01'],
    [null, '—'],
    ['', '—'],
  ])('%j is written %s', (amount, written) => {
    expect(english.money(amount)).toBe(written)
  })

  it('has no cents in a currency without them', () => {
    expect(english.money('1200', 'JPY')).toBe('¥1,200')
    expect(english.money('0.4', 'JPY')).toBe('<¥1')
  })

  it('is written as zero if and only if it is zero', () => {
    fc.assert(
      fc.property(decimal, (amount) => {
        const isNothing = !/[1-9]/.test(amount)
        expect(english.money(amount) === '$0.00').toBe(isNothing)
      }),
    )
  })

  it('is the same in English as in the console', () => {
    const plain = (text: string) => text.replaceAll('\u2212', '-').replace('>-<', '>-')
    fc.assert(
      fc.property(decimal, (amount) => {
        expect(english.money(amount)).toBe(plain(money(amount)))
        expect(english.exactMoney(amount)).toBe(plain(exactMoney(amount)))
      }),
    )
  })
})

describe('a percentage', () => {
  it.each([
    [0, '0%'],
    [0.04, '<0.1%'],
    [81.85, '81.8%'],
    [99.96, '99.9%'],
    [99.999_999, '99.9%'],
    [100, '100%'],
    [116.6, '116.6%'],
    [null, '—'],
    [Number.NaN, '—'],
  ])('%j is cut to %s', (value, written) => {
    expect(english.percent(value)).toBe(written)
  })
})

describe('amounts and times', () => {
  it('have all their digits, and bytes have decimal units', () => {
    expect(english.amount(69_988.2)).toBe('69,988.2')
    expect(english.amount(0.000_001)).toBe('0.000001')
    expect(english.amount(18.54e9, 'storage_bytes')).toBe('18.5 GB')
    expect([0, 1, 13, 999].map((amount) => english.amount(amount, 'storage_bytes'))).toEqual([
      '0 bytes',
      '1 byte',
      '13 bytes',
      '999 bytes',
    ])
    expect(english.amount(undefined)).toBe('—')
  })

  it('name the days of a half-open range, in its zone', () => {
    const start = '2026-11-05T00:00:00.000Z'
    const end = '2026-12-05T00:00:00.000Z'
    expect(english.span(start, end, 'UTC')).toBe('5 Nov – 4 Dec 2026')
    expect(english.stretch(11_520_000)).toBe('3h 12m')
    expect(english.stretch(500)).toBe('<1m')
    expect(english.clock('2026-11-28T23:30:00Z', 'Pacific/Kiritimati')).toBe('13:30')
  })

  it('use the host’s names of meters', () => {
    const words = wordsOf({ labels: { ai_calls: 'Text-to-speech' } })
    expect(words.limit('ai_calls', 'day')).toBe('Text-to-speech a day')
    expect(words.limit('ai_calls_x', 'day')).toBe('AI calls x a day')
  })
})
