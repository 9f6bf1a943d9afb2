import { describe, expect, it } from 'vitest'
import type { DecisionReason, Refused } from '../../src/contract/decision.ts'
import {
  decisionHeaders,
  decisionResponse,
  decisionStatus,
  TollgateRefusal,
} from '../../src/decision/index.ts'

const NOW = new Date('2026-03-10T12:00:00Z')

const refused = (reason: DecisionReason, more: Partial<Refused> = {}): Refused => ({
  allowed: false,
  reason,
  credits: 1,
  remaining: 0,
  resetAt: '2026-03-11T00:00:00.000Z',
  limits: [
    {
      limit: 'tokens/day',
      meter: 'tokens',
      window: 'day',
      per: 'organization',
      behavior: 'hard',
      max: 100,
      used: 100,
      remaining: 0,
      overage: 0,
      refused: true,
      resetAt: '2026-03-11T00:00:00.000Z',
    },
  ] as Refused['limits'],
  retryAfter: 43_200,
  upgrade: ['shop/pro'],
  degraded: false,
  decisionId: 'd-1',
  usage: { creditsConsumed: 0, remainingCredits: 0, usageEventId: null },
  ...more,
})

describe("a host's status for its own caller", () => {
  const statuses: Record<DecisionReason, number> = {
    rate_limited: 429,
    limit_exceeded: 429,
    too_many_concurrent: 429,
    credits_exhausted: 402,
    spend_cap_reached: 402,
    subscription_paused: 402,
    subscription_ended: 402,
    budget_exceeded: 402,
    budget_closed: 402,
    unknown_budget: 403,
    feature_not_included: 403,
    subject_missing: 403,
    closed_organization: 403,
    unavailable: 503,
    unknown_organization: 500,
    unknown_event_type: 500,
    inactive_event_type: 500,
  }

  it.each(Object.entries(statuses))('for %s is %i', (reason, status) => {
    expect(decisionStatus(refused(reason as DecisionReason))).toBe(status)
  })

  it('for an allowed call is 200', () => {
    const { retryAfter: _, upgrade: __, ...decided } = refused('rate_limited')
    expect(decisionStatus({ ...decided, allowed: true, reason: null })).toBe(200)
  })
})

describe("a host's answer to its own caller", () => {
  it("is a problem document with the limits' headers and a retry time", async () => {
    const response = decisionResponse(refused('limit_exceeded'), NOW)
    expect(response.status).toBe(429)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(response.headers.get('retry-after')).toBe('43200')
    expect(response.headers.get('ratelimit')).toContain('"tokens-day";r=0')
    expect(Object.fromEntries(response.headers)).toMatchObject(
      decisionHeaders(refused('limit_exceeded'), NOW),
    )
    expect(await response.json()).toEqual({
      type: 'urn:tollgate:refusal:limit-exceeded',
      title: 'A quota is used up',
      status: 429,
      reason: 'limit_exceeded',
      retryAfter: 43_200,
      upgrade: ['shop/pro'],
      usage: { creditsConsumed: 0, remainingCredits: 0, usageEventId: null },
    })
  })

  it('reveals nothing about a fault in the host itself', async () => {
    const response = decisionResponse(refused('unknown_event_type'), NOW)
    expect(response.status).toBe(500)
    expect(Object.keys((await response.json()) as object)).toEqual([
      'type',
      'title',
      'status',
      'reason',
    ])
  })
})

describe('a refusal as an exception', () => {
  it("contains the decision and the host's answer", () => {
    const decision = refused('credits_exhausted')
    const refusal = new TollgateRefusal(decision)
    expect(refusal).toBeInstanceOf(Error)
    expect(refusal).toMatchObject({ name: 'TollgateRefusal', decision, status: 402 })
    expect(refusal.headers['retry-after']).toBe('43200')
    expect(refusal.message).toBe('the call was refused: credits_exhausted')
  })
})
