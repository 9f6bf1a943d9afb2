import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMIT_BEHAVIORS, LIMIT_SUBJECTS, LIMIT_WINDOWS } from '../../src/core/catalog-words.ts'
import {
  RATE_LIMIT_HEADERS,
  rateLimitHeaders,
  standingHeaders,
} from '../../src/core/rate-limit-headers.ts'
import { parseList } from './structured-field.ts'

const NOW = Date.parse('2026-03-10T12:00:00Z')
const inSeconds = (seconds: number) => new Date(NOW + seconds * 1_000).toISOString()

type Shown = Parameters<typeof rateLimitHeaders>[0]['limits'][number]

const limit = (changes: Partial<Shown> = {}): Shown => ({
  limit: 'tokens/day',
  meter: 'tokens',
  window: 'day',
  per: 'organization',
  behavior: 'hard',
  max: 10_000,
  remaining: 9_880,
  resetAt: inSeconds(43_200),
  refused: false,
  ...changes,
})
const calls = (changes: Partial<Shown> = {}): Shown =>
  limit({ limit: 'api_calls/minute', meter: 'api_calls', window: 'minute', ...changes })

const headersOf = (limits: readonly Shown[], retryAfter?: number) =>
  rateLimitHeaders({ limits, retryAfter }, NOW)

describe("a decision's headers", () => {
  it("are the draft's headers, and the older ones for the fullest limit", () => {
    const chats = limit({ limit: 'chats/hour', meter: 'chats', window: 'hour', remaining: 100 })
    expect(headersOf([limit(), chats])).toEqual({
      'ratelimit-policy':
        '"chats-hour";q=10000;w=3600;tollgate-meter="chats", ' +
        '"tokens-day";q=10000;w=86400;tollgate-meter="tokens"',
      ratelimit: '"chats-hour";r=100;t=43200, "tokens-day";r=9880;t=43200',
      'x-ratelimit-limit': '10000',
      'x-ratelimit-remaining': '100',
      'x-ratelimit-reset': String(NOW / 1_000 + 43_200),
    })
  })

  it('use the draft’s own unit for a limit on requests, and otherwise the meter', () => {
    const concurrent = calls({ limit: 'api_calls/concurrent', window: 'concurrent', resetAt: null })
    const policies = (shown: Shown) => headersOf([shown])['ratelimit-policy']
    expect(policies(calls())).toBe('"api_calls-minute";q=10000;w=60')
    expect(policies(concurrent)).toBe('"api_calls-concurrent";q=10000;qu="concurrent-requests"')
    expect(policies({ ...concurrent, meter: 'tokens' })).toBe(
      '"tokens-concurrent";q=10000;tollgate-meter="tokens"',
    )
    expect(headersOf([concurrent])).not.toHaveProperty('x-ratelimit-reset')
  })

  it('name the user or API key of a limit, also beyond ASCII', () => {
    const per = 'user'
    const headers = headersOf([calls({ limit: 'api_calls/minute/user:zoë/1', per })])
    for (const name of ['ratelimit', 'ratelimit-policy']) {
      const [item] = parseList(headers[name] ?? '')
      expect(item?.value).toBe('api_calls-minute-user')
      expect(new TextDecoder().decode(item?.parameters.get('pk') as Uint8Array)).toBe('user:zoë/1')
    }
  })

  it('put refusing limits first, the longest wait before the others', () => {
    const headers = headersOf(
      [
        limit({ remaining: 0 }),
        calls({ refused: true, remaining: 5, resetAt: inSeconds(60) }),
        limit({ meter: 'chats', refused: true, remaining: 5, resetAt: inSeconds(99) }),
        calls({ window: 'concurrent', refused: true, remaining: 0, resetAt: null }),
      ],
      99,
    )
    expect(parseList(headers.ratelimit ?? '').map(({ value }) => value)).toEqual([
      'api_calls-concurrent',
      'chats-day',
      'api_calls-minute',
      'tokens-day',
    ])
  })

  it('omit unlimited and soft limits from the draft’s headers', () => {
    const idle = [limit({ max: null, remaining: null })]
    expect(headersOf(idle)).toEqual({})
    for (const behavior of ['soft', 'overage'] as const) idle.push(limit({ behavior }))
    expect(Object.keys(headersOf(idle)).filter((name) => !name.startsWith('x-'))).toEqual([])
    const capped = limit({ behavior: 'overage', remaining: 0, refused: true })
    expect(headersOf([...idle, capped], 7).ratelimit).toBe('"tokens-day";r=0;t=7')
  })

  it('announce the included amount if nothing refuses, for the fullest limit', () => {
    const included = [
      limit({ behavior: 'overage', max: 60_000, remaining: 59_000 }),
      limit({ behavior: 'soft', max: 100, remaining: 0, resetAt: inSeconds(60) }),
    ]
    const announced = {
      'x-ratelimit-limit': '100',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(NOW / 1_000 + 60),
    }
    expect(headersOf(included)).toEqual(announced)
    expect(standingHeaders(included)).toEqual(announced)
    expect(standingHeaders([...included, limit()])['x-ratelimit-limit']).toBe('10000')
    expect(standingHeaders([])).toEqual({})
  })

  it.each([
    ['more than a minute’s', 10, 20, 19, '"api_calls-minute";q=20;w=120'],
    ['less than a minute’s', 60, 5, 4, '"api_calls-minute";q=5;w=5'],
  ])('describe one bucket for a rate with a burst of %s', (_, max, burst, remaining, policy) => {
    const headers = headersOf([calls({ max, burst, remaining })])
    expect(headers).toMatchObject({
      'ratelimit-policy': policy,
      'x-ratelimit-limit': String(burst),
      'x-ratelimit-remaining': String(remaining),
    })
    expect(headers.ratelimit).toContain(`r=${remaining}`)
  })

  it('are all documented', () => {
    const names = Object.keys(headersOf([limit({ refused: true })], 5)).sort()
    expect(names).toEqual(
      Object.keys(RATE_LIMIT_HEADERS)
        .map((name) => name.toLowerCase())
        .sort(),
    )
  })
})

const amount = fc.oneof(
  fc.double({ min: 0, max: Number.MAX_SAFE_INTEGER, noNaN: true }),
  fc.nat({ max: 1_000 }),
)
const anyLimit: fc.Arbitrary<Shown> = fc
  .record({
    meter: fc.stringMatching(/^[a-z][a-z0-9_-]{0,63}$/),
    window: fc.constantFrom(...LIMIT_WINDOWS),
    per: fc.constantFrom(...LIMIT_SUBJECTS),
    subject: fc.string({ unit: 'grapheme' }),
    behavior: fc.constantFrom(...LIMIT_BEHAVIORS),
    max: fc.option(amount),
    remaining: fc.option(amount),
    resetAt: fc.option(
      fc
        .integer({ min: NOW - 60_000, max: NOW + 99_999_999 })
        .map((ms) => new Date(ms).toISOString()),
    ),
    refused: fc.boolean(),
  })
  .map(({ subject, ...shown }) => ({
    ...shown,
    limit: `${shown.meter}/${shown.window}/${shown.per}:${subject}`,
  }))
const anyDecision = fc.record({
  limits: fc.array(anyLimit, { maxLength: 8 }),
  retryAfter: fc.option(fc.oneof(fc.nat(), fc.double({ min: 0, max: 1e9, noNaN: true })), {
    nil: undefined,
  }),
})

describe("any decision's headers", () => {
  const listed = (field: string | undefined) => (field === undefined ? [] : parseList(field))

  it('are structured fields that name the same policies in the same order', () => {
    fc.assert(
      fc.property(anyDecision, (decision) => {
        const headers = rateLimitHeaders(decision, NOW)
        const policies = listed(headers['ratelimit-policy'])
        const states = listed(headers.ratelimit)
        expect(states.map(({ value }) => value)).toEqual(policies.map(({ value }) => value))
        expect(policies.every(({ value }) => typeof value === 'string')).toBe(true)
        const bounded = decision.limits.filter(
          ({ max, behavior, refused }) => max !== null && (behavior === 'hard' || refused),
        )
        expect(policies).toHaveLength(bounded.length)
        for (const { parameters } of policies) {
          expect(parameters.get('q')).toSatisfy((q) => Number.isInteger(q) && (q as number) >= 0)
          expect(parameters.get('w') ?? 1).toSatisfy(
            (w) => Number.isInteger(w) && (w as number) > 0,
          )
          expect(parameters.get('pk')).toBeInstanceOf(Uint8Array)
        }
        for (const { parameters } of states) {
          expect(parameters.get('r')).toSatisfy((r) => Number.isInteger(r) && (r as number) >= 0)
          expect(parameters.get('t') ?? 0).toSatisfy(
            (t) => Number.isInteger(t) && (t as number) >= 0,
          )
        }
      }),
    )
  })

  it('never state more than is left, nor a wait or a reset that ends too early', () => {
    fc.assert(
      fc.property(
        anyLimit,
        fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
        (one, wait) => {
          const shown = { ...one, behavior: 'hard' as const, max: one.max ?? 5 }
          const retryAfter = wait ?? undefined
          const headers = rateLimitHeaders({ limits: [shown], retryAfter }, NOW)
          const [state] = listed(headers.ratelimit)
          expect(state?.parameters.get('r')).toBeLessThanOrEqual(shown.remaining ?? 0)
          expect(Number(headers['x-ratelimit-remaining'])).toBeLessThanOrEqual(shown.remaining ?? 0)
          expect(Number(headers['x-ratelimit-limit'])).toBeLessThanOrEqual(shown.max)
          if (retryAfter === undefined) expect(headers).not.toHaveProperty('retry-after')
          else expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(retryAfter)
          if (shown.resetAt === null) return
          const resetMs = Date.parse(shown.resetAt)
          expect(Number(headers['x-ratelimit-reset']) * 1_000).toBeGreaterThanOrEqual(resetMs)
          const until = (resetMs - NOW) / 1_000
          const told = Number(state?.parameters.get('t'))
          // At `Retry-After` this call fits, possibly before the limit is completely free.
          const due = shown.refused ? Math.min(until, retryAfter ?? until) : until
          expect(told).toBeGreaterThanOrEqual(due)
          if (shown.refused && retryAfter !== undefined) {
            expect(told).toBeLessThanOrEqual(Number(headers['retry-after']))
          }
        },
      ),
    )
  })

  it('begin with every refusing limit', () => {
    fc.assert(
      fc.property(anyDecision, (decision) => {
        const limits = decision.limits.map((one, index) => ({ ...one, meter: `m${index}`, max: 9 }))
        const refusing = new Set(
          limits.filter((one) => one.refused).map((one) => Number(one.meter.slice(1))),
        )
        const order = listed(rateLimitHeaders({ limits }, NOW).ratelimit).map(({ value }) =>
          Number(/^m(\d+)/.exec(String(value))?.[1]),
        )
        expect(new Set(order.slice(0, refusing.size))).toEqual(refusing)
      }),
    )
  })
})
