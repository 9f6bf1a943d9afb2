import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { amountWords, shareWords } from '../../src/core/amount-words.ts'
import { decimalsOfMoney } from '../../src/core/billing/currencies.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
const METERS = ['tokens', 'ai_calls', 'api-calls', 'storage_bytes', 'bytes', 'embeddings', 'disk']
const UNITS = [
  ...['token', 'tokens', 'call', 'byte', 'operation', 'GiB', 'USD', 'JPY', 'KWD', 'GPU'],
  ...['percent', 'ms', 'kg', 'entry', 'day', 'access', '%'],
]

/** What a rule of a kind found by which level, and the title of its firing. */
const TITLES = [
  [
    ['limit_share', 68, { meter: 'tokens', window: 'day', value: 6841, maximum: 10_000 }],
    '68 % of tokens/day is used: 6,841 of 10,000 tokens',
  ],
  [
    ['spend_above', 10, { window: 'month', value: 12.403871, unit: 'USD' }],
    'Spend on models is past its threshold in this month: 12.40 of 10.00 USD',
  ],
  [
    ['spend_above', 0.015, { window: 'day', value: 0.0159, unit: 'USD' }],
    'Spend on models is past its threshold in this day: 0.015 of 0.015 USD',
  ],
  [['credits_below', 2_000, { value: 1250.5 }], '1,250.5 credits are left: 2,000 or less'],
  [['credits_below', 1, { value: 1 }], '1 credit is left: 1 or less'],
  [
    ['limit_forecast', 100, { meter: 'tokens', window: 'month', value: 12_500, maximum: 10_000 }],
    'tokens/month is expected to come to 12,500 of 10,000 tokens by its end',
  ],
  [
    [
      ...(['anomaly', 3.5] as const),
      { meter: 'tokens', counted: 'token', total: 12_000, usual: 3000.5, day: '2026-03-09' },
    ],
    '12,000 tokens on 2026-03-09, where 3,000.5 is usual',
  ],
  [
    ['error_rate', 5, { endpoint: '/chat', value: 12.5, unit: 'percent' }],
    '12.5 % of calls of /chat are errors: past 5 %',
  ],
  [
    ['latency', 1_000, { percentile: 95, value: 1_234, unit: 'ms' }],
    'The 95th percentile of durations is at 1,234 ms: past 1,000 ms',
  ],
  [
    ['unpriced_calls', 1, { value: 1_200 }],
    '1,200 calls of the last 24 hours have no price: their models are not known',
  ],
  [
    ['unpriced_calls', 1, { value: 1 }],
    '1 call of the last 24 hours has no price: its model is not known',
  ],
  [
    ['prices_age', 60, { value: 61 }],
    'The prices of models are 61 days old: a newer version of Tollgate has newer ones',
  ],
  [
    ['payment_failed', 3, { invoice: 'in_1', value: 3 }],
    'The payment of in_1 failed for the 3rd time',
  ],
  [['payment_failed', 3, { invoice: 'in_1', value: null }], 'The invoice in_1 will not be paid'],
  [
    ['job_failed', 1, { job: 'doctor', error: 'Error: away' }],
    'The job doctor failed: Error: away',
  ],
] as const

describe('an amount in a unit', () => {
  it('is named as its meter, where the unit is in that name, and never left as a raw figure', () => {
    expect(shareWords('6841', '10000', 'token', 'tokens')).toBe('6,841 of 10,000 tokens')
    expect(shareWords('12.4', '10', 'USD')).toBe('12.40 of 10.00 USD')
    expect(shareWords('1', '1', 'call', 'ai_calls')).toBe('1 of 1 AI call')
    expect(shareWords('3', '10.50', 'GiB', 'disk')).toBe('3 of 10.5 GiB')
    expect(amountWords('1500', 'byte', 'storage_bytes')).toBe('1,500 bytes of storage')
    expect(amountWords('2', 'entry', 'rows')).toBe('2 entries')
    expect(amountWords('1250000.5', 'credits', 'credits')).toBe('1,250,000.5 credits')
    expect(amountWords('97.5', 'percent')).toBe('97.5 %')
    expect(amountWords('1200', 'JPY')).toBe('1,200 JPY')
  })
})

describeOnEachDatabase('the words of alerts', (open) => {
  it('are the same in the database as in the code', async () => {
    const db = await open()
    const amount = fc.tuple(fc.bigInt(-(10n ** 15n), 10n ** 15n), fc.integer({ min: 0, max: 6 }))
    const text = amount.map(([digits, scale]) => {
      const whole = digits
        .toString()
        .replace('-', '')
        .padStart(scale + 1, '0')
      const at = whole.length - scale
      return `${digits < 0n ? '-' : ''}${whole.slice(0, at)}${scale ? `.${whole.slice(at)}` : ''}`
    })
    const one = fc.tuple(
      fc.oneof(text, fc.constantFrom('0', '1', '1.0', '2')),
      fc.constantFrom(...UNITS),
      fc.constantFrom(...METERS, undefined),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 100, maxLength: 100 }), async (asked) => {
        const rows = await db.query<{ words: string }>(
          `select tollgate.amount_words(a, u, m) as words
           from unnest($1::numeric[], $2::text[], $3::text[]) with ordinality x (a, u, m, n) order by n`,
          [asked.map(([a]) => a), asked.map(([, u]) => u), asked.map(([, , m]) => m ?? null)],
        )
        expect(rows.map(({ words }) => words)).toEqual(
          asked.map(([a, unit, meter]) => amountWords(a, unit, meter)),
        )
      }),
      { numRuns: 10 },
    )
    // They know the same money as invoices do.
    const codes = LETTERS.flatMap((a) => LETTERS.flatMap((b) => LETTERS.map((c) => a + b + c)))
    const rows = await db.query<{ code: string; decimals: number }>(
      `select code, tollgate.decimals_of_money(code) as decimals from unnest($1::text[]) c (code)
       where tollgate.decimals_of_money(code) is not null order by code`,
      [codes],
    )
    expect(rows).toEqual(
      codes.flatMap((code) => {
        const decimals = decimalsOfMoney(code)
        return decimals === undefined ? [] : [{ code, decimals }]
      }),
    )
  })
  it('make titles that read as a person writes', async () => {
    const db = await open()
    for (const [[kind, level, about], title] of TITLES) {
      const found = JSON.stringify({ unit: 'token', ...about })
      const [row] = await db.query('select tollgate.alert_title($1, $2, $3::jsonb) as title', [
        ...[kind, String(level), found],
      ])
      expect(row).toEqual({ title })
    }
  })
})
