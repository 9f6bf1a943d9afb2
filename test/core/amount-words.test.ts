import { describe, expect, it } from 'vitest'
import { decimalWords, meterWords, moneyWords, quantityWords } from '../../src/core/amount-words.ts'
import { adjustmentWords, overageWords } from '../../src/core/billing/invoice-words.ts'

describe('amounts in sentences', () => {
  it('show every digit, grouped, and leave other text unchanged', () => {
    expect(['9988.2', '1234567.000001', '-1500', '0', '98/3', 1e21].map(decimalWords)).toEqual([
      ...['9,988.2', '1,234,567.000001', '-1,500', '0', '98/3', '1e+21'],
    ])
    expect(moneyWords('1234.50', 'USD')).toBe('1,234.50 USD')
  })

  it('always name their unit, singular or plural', () => {
    expect(quantityWords('credits', '9988.2')).toBe('9,988.2 credits')
    expect(quantityWords('credits', '1')).toBe('1 credit')
    expect(quantityWords('ai_calls', 1)).toBe('1 AI call')
    expect(quantityWords('storage_bytes', 1_500)).toBe('1,500 bytes of storage')
    expect(quantityWords('storage_bytes', 1)).toBe('1 byte of storage')
    expect(quantityWords('bytes', 2)).toBe('2 bytes')
    // A word that is not clearly a plural stays unchanged.
    expect(
      [1, 1].map((one, index) => quantityWords(['queries', 'access'][index] ?? '', one)),
    ).toEqual(['1 queries', '1 access'])
    expect(meterWords('storage_bytes')).toBe('storage')
  })
})

describe('a line of an invoice', () => {
  it('states the amount past what is included', () => {
    const past = { meter: 'credits', window: 'period', units: '9988.2' }
    expect(overageWords(past)).toBe('9,988.2 credits past what the billing period includes')
    expect(adjustmentWords('2026-01-01 to 2026-02-01', { ...past, window: 'day' })).toBe(
      '2026-01-01 to 2026-02-01, corrected: 9,988.2 credits past what each day includes',
    )
  })
})
