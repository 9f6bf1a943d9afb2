import { describe, expect, it } from 'vitest'
import { factsOf, factsOfAlert } from '../../src/engine/channels/facts-of.ts'

const shown = (facts: ReturnType<typeof factsOf>) =>
  Object.fromEntries(facts.map(({ label, value }) => [label, value]))

describe('what a message says of an event', () => {
  it('are amounts with their unit, of how much, and the window in UTC', () => {
    const alert = { subject: 'tokens/day', value: '1234567.5', maximum: '2000000', unit: 'token' }
    const window = { windowStart: '2026-03-10T00:00:00Z', windowEnd: '2026-03-11T00:00:00Z' }
    expect(shown(factsOfAlert({ ...alert, threshold: '1000000', ...window }))).toEqual({
      About: 'tokens/day',
      Value: '1,234,567.5 of 2,000,000 tokens',
      Threshold: '1,000,000 tokens',
      Window: '10 Mar 2026 to 11 Mar 2026 (UTC)',
    })
    const share = { value: '5.2', threshold: '5', unit: 'percent', maximum: null, standing: true }
    expect(shown(factsOfAlert(share))).toEqual({
      Value: '5.2 %',
      Threshold: '5 %',
      Note: 'It was so already when the alert was made.',
    })
  })

  it('is money by its currency, exactly, and times by the clock of the channel', () => {
    const invoice = {
      stripeInvoiceId: 'in_1',
      currency: 'eur',
      dueMinorUnits: 123_456,
      attempts: 2,
    }
    expect(shown(factsOf({ ...invoice, at: '2026-07-01T22:30:00Z' }, 'Europe/Berlin'))).toEqual({
      'Stripe invoice': 'in_1',
      Due: '1,234.56 EUR',
      Attempts: '2',
      At: '2 Jul 2026, 00:30',
    })
    expect(shown(factsOf({ currency: 'JPY', paidMinorUnits: 500 }, 'UTC'))).toEqual({
      Paid: '500 JPY',
    })
    expect(shown(factsOf({ currency: 'zzz', paidMinorUnits: 500 }, 'UTC'))).toEqual({
      Paid: '500 (smallest unit of ZZZ)',
    })
  })

  it('holds one visible line of what somebody wrote, and no more than fits', () => {
    const words = `a\r\nb\u202e\u0000${'x'.repeat(1_000)}`
    const [{ value } = { value: '' }, ...more] = factsOf({ reason: words, nested: { a: 1 } }, 'UTC')
    expect(value).toMatch(/^a b x+…$/)
    expect(value).toHaveLength(300)
    expect(more).toEqual([])
  })
})
