import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Catalog, type Plan, validateCatalog } from '../../src/contract/catalog.ts'
import { includesFeature } from '../../src/core/features.ts'
import { priceCall } from '../../src/core/pricing.ts'

const load = (key: string): Catalog => {
  const path = new URL(`../../catalogs/${key}.json`, import.meta.url)
  const result = validateCatalog(JSON.parse(readFileSync(path, 'utf8')))
  if (!result.ok) throw new Error(JSON.stringify(result.faults, null, 2))
  return result.catalog
}
const planOf = (catalog: Catalog, key: string): Plan => {
  const plan = catalog.plans.find((each) => each.key === key)
  if (!plan) throw new Error(`${catalog.key} has no plan ${key}`)
  return plan
}
/** Maps `meter/window` to its maximum, and lists all behaviors. */
const limitsOf = (plan: Plan) => ({
  max: Object.fromEntries(plan.limits.map((l) => [`${l.meter}/${l.window}`, l.max])),
  behaviors: [...new Set(plan.limits.map((l) => l.behavior))],
})
describe.each(['ai-workspace', 'rag-chatbot', 'api-platform'])('the catalog %s', (key) => {
  it('is valid, has its own key, and names and describes every part', () => {
    const catalog = load(key)
    expect(catalog.key).toBe(key)
    for (const part of [...catalog.meters, ...catalog.eventTypes, ...catalog.plans]) {
      expect(part.name, part.key).toBeTruthy()
      expect(part.description, part.key).toMatch(/\.$/)
    }
  })

  it('uses every meter in an event type, and limits it in every plan', () => {
    const catalog = load(key)
    for (const { key: meter } of catalog.meters) {
      const used = catalog.eventTypes.some((type) => Object.hasOwn(type.meters, meter))
      expect(used || meter === 'credits', meter).toBe(true)
      for (const plan of catalog.plans) {
        expect(
          plan.limits.map((limit) => limit.meter),
          plan.key,
        ).toContain(meter)
      }
    }
  })

  it('leads from each plan to a more expensive one, except the last', () => {
    const { plans } = load(key)
    expect(plans.at(-1)?.upgradesTo).toEqual([])
    plans.slice(0, -1).forEach((plan, index) => {
      expect(plan.upgradesTo).toEqual(plans.slice(index + 1).map((dearer) => dearer.key))
    })
    const prices = plans.map((plan) => Number(plan.monthlyPriceUsd ?? Infinity))
    expect(prices).toEqual([...prices].sort((a, b) => a - b))
  })
})

describe('the features of a built-in plan', () => {
  it.each([
    [
      'ai-workspace',
      {
        free: [
          ...['generate_planning', 'generate_diagram', 'generate_mind_map', 'generate_image'],
          ...['generate_slides', 'run_agent_task'],
        ],
        starter: ['run_agent_task'],
        professional: [],
        enterprise: [],
      },
      ['visuals', 'agent_tasks'],
    ],
    [
      'rag-chatbot',
      { trial: [], starter: [], pro: [], enterprise: [] },
      ['chat', 'knowledge_bases'],
    ],
    ['api-platform', { free: [], pro: [], enterprise: [] }, ['api_calls']],
  ] as const)('decide which events of %s it allows', (key, excluded, required) => {
    const { eventTypes, plans } = load(key)
    const found = plans.map(({ key: plan, features }) => [
      plan,
      eventTypes
        .filter(({ requires }) => requires !== undefined && !includesFeature(features, requires))
        .map((type) => type.key),
    ])
    expect(Object.fromEntries(found)).toEqual(excluded)
    const named = eventTypes.flatMap(({ requires }) => (requires === undefined ? [] : [requires]))
    expect([...new Set(named)]).toEqual(required)
  })
})

describe('ai-workspace', () => {
  const catalog = load('ai-workspace')
  const typeOf = (key: string) => {
    const found = catalog.eventTypes.find((each) => each.key === key)
    if (!found) throw new Error(`there is no event type ${key}`)
    return found
  }

  it('has at least 20 event types in at least 5 categories, including the required ones', () => {
    expect(catalog.eventTypes.length).toBeGreaterThanOrEqual(20)
    expect(new Set(catalog.eventTypes.map((type) => type.category)).size).toBeGreaterThanOrEqual(5)
    const named = ['structuring_diagnose', 'analyze_pain_points', 'generate_solution']
    for (const key of [...named, 'generate_planning', 'structure_solution']) {
      expect(typeOf(key).multipliers).toContain('complexity')
      expect(typeOf(key).meters).toEqual({ ai_calls: 1 })
      expect(Number(typeOf(key).baseCredits)).toBeGreaterThan(0)
    }
  })

  it('prices structuring_diagnose of complexity 2.0 with echo and traceback at 28 credits', () => {
    const properties = { complexity: 2.0, echo: true, traceback: true }
    const price = priceCall(typeOf('structuring_diagnose'), properties)
    expect(price).toMatchObject({ ok: true, microCredits: 28_000_000n })
    expect(priceCall(typeOf('structuring_diagnose'))).toMatchObject({ microCredits: 10_000_000n })
  })

  it('has the plans free, starter, professional and enterprise, each with the four limits', () => {
    expect(catalog.plans.map((plan) => plan.key)).toEqual([
      'free',
      'starter',
      'professional',
      'enterprise',
    ])
    for (const plan of catalog.plans) {
      expect(Object.keys(limitsOf(plan).max)).toEqual([
        'credits/period',
        'ai_calls/period',
        'storage_bytes/month',
        'team_members/month',
      ])
    }
  })

  it('gives more of everything in a more expensive plan', () => {
    catalog.plans.slice(1).forEach((plan, index) => {
      const cheaper = catalog.plans[index]?.limits ?? []
      plan.limits.forEach((limit, position) => {
        expect(limit.max).toBeGreaterThan(cheaper[position]?.max ?? Infinity)
      })
    })
  })

  it('refuses past the limits of free, and bills past those of professional and enterprise', () => {
    expect(planOf(catalog, 'free').monthlyPriceUsd).toBe('0')
    expect(limitsOf(planOf(catalog, 'free')).behaviors).toEqual(['hard'])
    expect(limitsOf(planOf(catalog, 'starter')).behaviors).not.toContain('overage')
    for (const key of ['professional', 'enterprise']) {
      const plan = planOf(catalog, key)
      expect(limitsOf(plan).behaviors).toEqual(['overage'])
      expect(Object.keys(plan.overageRates).sort()).toEqual(
        catalog.meters.map((meter) => meter.key).sort(),
      )
    }
    const professional = limitsOf(planOf(catalog, 'professional')).max
    expect(professional['credits/period']).toBeGreaterThanOrEqual(50_000)
  })

  it('reports storage and team size as states, without credits', () => {
    expect(typeOf('storage_report')).toMatchObject({
      baseCredits: '0',
      meters: { storage_bytes: 'quantity' },
    })
    expect(typeOf('team_report')).toMatchObject({
      baseCredits: '0',
      meters: { team_members: 'quantity' },
    })
    for (const key of ['storage_bytes', 'team_members']) {
      expect(catalog.meters.find((meter) => meter.key === key)?.aggregation).toBe('latest')
    }
  })
})

describe('rag-chatbot', () => {
  const catalog = load('rag-chatbot')

  it.each([
    ['trial', 10_000, 30, 100, 50],
    ['starter', 100_000, 60, 1_000, 500],
    ['pro', 500_000, 120, 5_000, 2_000],
    ['enterprise', null, null, null, null],
  ])(
    '%s has hard limits: %s tokens a day, %s calls a minute, %s messages and %s embeddings a day',
    (key, tokens, apiCalls, chatMessages, embeddings) => {
      expect(limitsOf(planOf(catalog, key))).toEqual({
        max: {
          'tokens/day': tokens,
          'api_calls/minute': apiCalls,
          'chat_messages/day': chatMessages,
          'embeddings/day': embeddings,
        },
        behaviors: ['hard'],
      })
    },
  )

  it('is free on trial, and priced by agreement for enterprise', () => {
    expect(planOf(catalog, 'trial').monthlyPriceUsd).toBe('0')
    expect(planOf(catalog, 'enterprise').monthlyPriceUsd).toBeNull()
  })

  it('counts each event on its meters, and an error on none', () => {
    expect(Object.fromEntries(catalog.eventTypes.map((type) => [type.key, type.meters]))).toEqual({
      api_call: { api_calls: 1 },
      chat_message: { chat_messages: 1, api_calls: 1, tokens: 'quantity' },
      embedding: { embeddings: 1, api_calls: 1, tokens: 'quantity' },
      error: {},
    })
  })

  it('charges no credits', () => {
    expect(catalog.meters.map((meter) => meter.key)).not.toContain('credits')
    expect(catalog.eventTypes.every((type) => type.baseCredits === '0')).toBe(true)
  })
})

describe('api-platform', () => {
  const catalog = load('api-platform')

  it('has Free $0 with 1,000 calls hard, Pro $49 with 100,000 and overage, Enterprise $500', () => {
    expect(
      catalog.plans.map((plan) => [
        plan.key,
        plan.monthlyPriceUsd,
        limitsOf(plan),
        plan.overageRates,
      ]),
    ).toEqual([
      ['free', '0', { max: { 'api_calls/period': 1_000 }, behaviors: ['hard'] }, {}],
      [
        'pro',
        '49',
        { max: { 'api_calls/period': 100_000 }, behaviors: ['overage'] },
        { api_calls: '0.001' },
      ],
      ['enterprise', '500', { max: { 'api_calls/period': null }, behaviors: ['hard'] }, {}],
    ])
  })

  it('counts a call with the event type api_call', () => {
    expect(catalog.eventTypes.map((type) => [type.key, type.meters])).toEqual([
      ['api_call', { api_calls: 1 }],
    ])
  })
})
