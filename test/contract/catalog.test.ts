import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  eventTypePatchSchema,
  LIMIT_WINDOWS,
  modelPriceSchema,
  planPatchSchema,
  validateCatalog,
} from '../../src/contract/catalog.ts'
import { faultsAfter, faultsOf, type Loose, shopCatalog } from './shop-catalog.ts'

/** A document from a JSON parser, where `__proto__` is an ordinary key. */
const withJson = (from: string, to: string): unknown => {
  const text = JSON.stringify(shopCatalog())
  if (!text.includes(from)) throw new Error(`the document does not hold ${from}`)
  return JSON.parse(text.replace(from, to))
}

describe('a valid catalog', () => {
  it('is accepted, with defaults and plain decimal text filled in', () => {
    const result = validateCatalog(shopCatalog())
    if (!result.ok) throw new Error(JSON.stringify(result.faults))
    const { catalog } = result
    expect(catalog.eventTypes[0]).toMatchObject({
      baseCredits: '2.5',
      bonuses: { echo: '5' },
      active: true,
    })
    expect(catalog.plans[0]).toMatchObject({
      monthlyPriceUsd: '49',
      overageRates: { credits: '0.001' },
      public: true,
    })
    expect(catalog.plans[1]).toEqual({
      key: 'max',
      name: 'Max',
      monthlyPriceUsd: null,
      limits: [],
      overageRates: {},
      features: {},
      upgradesTo: [],
      public: true,
    })
    expect(catalog.meters[1]?.scale).toBe(0)
    expect(catalog.modelPrices[0]?.inputUsdPerMillion).toBe('1.5')
  })

  it('stays the same after it is stored as JSON and read again', () => {
    const first = validateCatalog(shopCatalog())
    if (!first.ok) throw new Error(JSON.stringify(first.faults))
    const stored: unknown = JSON.parse(JSON.stringify(first.catalog))
    expect(validateCatalog(stored)).toEqual(first)
  })

  it('may cap a limit with overage, at its maximum or above', () => {
    for (const cap of [1000.5, 2000]) {
      const faults = faultsAfter((document) => {
        document.plans[0].limits[0].cap = cap
      })
      expect(faults).toEqual([])
    }
  })

  it('may limit one meter and window per organization, per API key and per user', () => {
    const faults = faultsAfter((document) => {
      const { per: _, ...limit } = document.plans[0].limits[3]
      document.plans[0].limits.push(limit, { ...limit, per: 'api_key' })
    })
    expect(faults).toEqual([])
  })

  it('may have a rate of 0, which refuses everything', () => {
    const faults = faultsAfter((document) => {
      document.plans[0].limits[1].max = 0
    })
    expect(faults).toEqual([])
  })

  it.each([true, false, 0, '', 'email', { metered: 'tokens' }])(
    'may require a feature that some plan lists as %j',
    (value) => {
      const faults = faultsAfter((document) => {
        document.plans[1].features = { teleport: value }
        document.eventTypes[0].requires = 'teleport'
      })
      expect(faults).toEqual([])
    },
  )

  it('needs no plans, event types or model prices', () => {
    const bare = { key: 'bare', name: 'Bare', meters: [], eventTypes: [], plans: [] }
    expect(validateCatalog(bare)).toEqual({ ok: true, catalog: { ...bare, modelPrices: [] } })
  })
})

describe('a name that every object inherits', () => {
  it('is refused as a multiplier', () => {
    const faults = faultsOf(withJson('["complexity"]', '["__proto__"]'))
    expect(faults.map((fault) => fault.field)).toContain('eventTypes.answer.multipliers[0]')
  })

  it.each([
    ['a bonus', '"echo":5', 'eventTypes.answer.bonuses.__proto__'],
    ['a feature', '"sso":true', 'plans.pro.features.__proto__'],
    ['a meter of an event type', '"api_calls":1', 'eventTypes.answer.meters.__proto__'],
    ['an overage rate', '"credits":"0.0010"', 'plans.pro.overageRates.__proto__'],
  ])('is refused as %s', (_what, entry, field) => {
    const faults = faultsOf(withJson(entry, `${entry},"__proto__":1`))
    expect(faults).toContainEqual({ field, message: expect.stringMatching(/reserved word/) })
  })

  it('is refused as a field', () => {
    const faults = faultsOf(withJson('"name":"Pro"', '"name":"Pro","__proto__":{"public":false}'))
    expect(faults.map((fault) => fault.field)).toEqual(['plans.pro.__proto__'])
  })
})

describe('an invalid catalog', () => {
  it('is refused with all faults of all parts together', () => {
    const faults = faultsAfter((document) => {
      document.meters[1].aggregation = 'mean'
      document.eventTypes[0].baseCredits = 'ten'
      document.eventTypes[0].meters.calls = 1
      document.plans[0].limits[0].window = 'week'
      document.plans[0].limits[1].meter = 'calls'
      document.plans[0].upgradesTo = ['ultra']
      document.plans.push({ ...document.plans[1] })
      document.modelPrices[0].outputUsdPerMillion = '-1'
      document.modelPrices.push({ ...document.modelPrices[0] })
      document.extra = true
    })
    expect(faults.map((fault) => fault.field).sort()).toEqual([
      'eventTypes.answer.baseCredits',
      'eventTypes.answer.meters.calls',
      'extra',
      'meters.tokens.aggregation',
      'modelPrices[0].outputUsdPerMillion',
      'modelPrices[1]',
      'modelPrices[1].outputUsdPerMillion',
      'plans.pro.limits[0].window',
      'plans.pro.limits[1].meter',
      'plans.pro.upgradesTo[0]',
      'plans[2].key',
    ])
  })

  it('gets an element named by position if its key is shared', () => {
    const faults = faultsAfter((document) => {
      document.plans[1].key = 'pro'
      document.plans[0].upgradesTo = []
      document.plans[1].monthlyPriceUsd = '-1'
    })
    expect(faults.map((fault) => fault.field)).toEqual(['plans[1].monthlyPriceUsd', 'plans[1].key'])
  })

  it('gets no "unknown meter" fault if the meter is only invalid otherwise', () => {
    const faults = faultsAfter((document) => {
      document.meters[3].unit = ''
    })
    expect(faults.map((fault) => fault.field)).toEqual(['meters.api_calls.unit'])
  })

  it('gets no "unknown meter" faults if the list of meters is missing', () => {
    const faults = faultsAfter((document) => {
      delete document.meters
    })
    expect(faults).toEqual([{ field: 'meters', message: 'is required' }])
  })

  it('gets no feature faults if the list of plans is missing', () => {
    const faults = faultsAfter((document) => {
      delete document.plans
    })
    expect(faults).toEqual([{ field: 'plans', message: 'is required' }])
  })

  it.each([null, undefined, 5, 'catalog', [], true, () => 1])('cannot be %s', (input) => {
    expect(faultsOf(input).length).toBeGreaterThan(0)
  })

  it('causes a list of faults and never an exception, whatever JSON replaces a part', () => {
    const paths = [
      'meters',
      'eventTypes',
      'plans',
      'modelPrices',
      'meters.1',
      'eventTypes.0',
    ].concat(
      ['eventTypes.0.meters', 'eventTypes.0.bonuses', 'eventTypes.0.multipliers', 'plans.0'],
      [
        'plans.0.limits',
        'plans.0.limits.0',
        'plans.0.features',
        'plans.0.upgradesTo',
        'plans.0.key',
      ],
      ['plans.0.overageRates', 'modelPrices.0.tiers', 'modelPrices.0.tiers.0', 'meters.0.key'],
    )
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const document: Loose = shopCatalog()
        const steps = path.split('.')
        const last = steps.pop() ?? ''
        steps.reduce((part: Loose, step) => part[step], document)[last] = value
        const result = validateCatalog(document)
        expect(result.ok || result.faults.length > 0).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it('is refused quickly and with short fields, however long its lists and names', () => {
    const faults = faultsAfter((document) => {
      document.meters = Array.from({ length: 100_000 }, () => 'x')
      document.plans[0].features['x y'.repeat(100_000)] = true
    })
    expect(faults).toContainEqual({
      field: 'meters',
      message: expect.stringMatching(/at most 100/),
    })
    expect(Math.max(...faults.map((fault) => fault.field.length))).toBeLessThan(200)
  })
})

describe('the PATCH schemas', () => {
  it('accept any single field, and fill in no default', () => {
    expect(eventTypePatchSchema.parse({ baseCredits: 12.5 })).toEqual({ baseCredits: '12.5' })
    expect(eventTypePatchSchema.parse({})).toEqual({})
    expect(planPatchSchema.parse({ monthlyPriceUsd: null })).toEqual({ monthlyPriceUsd: null })
    expect(planPatchSchema.parse({})).toEqual({})
  })

  it('refuse a changed key and unknown fields', () => {
    expect(eventTypePatchSchema.safeParse({ key: 'other' }).success).toBe(false)
    expect(planPatchSchema.safeParse({ key: 'other' }).success).toBe(false)
    expect(planPatchSchema.safeParse({ price: 1 }).success).toBe(false)
  })

  it('check the shape of a model price', () => {
    const price = { provider: 'acme', model: 'm', inputUsdPerMillion: 1, outputUsdPerMillion: '2' }
    expect(modelPriceSchema.parse(price)).toEqual({ ...price, inputUsdPerMillion: '1' })
    expect(modelPriceSchema.safeParse({ ...price, provider: '' }).success).toBe(false)
  })
})

it('a limit has one of five windows, or counts concurrent holds', () => {
  expect(LIMIT_WINDOWS).toEqual(['minute', 'hour', 'day', 'month', 'period', 'concurrent'])
})
