import { expect, it } from 'vitest'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import { describeTollgate } from './describe-tollgate.ts'

type OverageRates = CatalogInput['plans'][number]['overageRates']

const TIERS = [
  { upTo: 1_000, unitPrice: '0.01' },
  { upTo: 5_000, unitPrice: '0.008' },
  { upTo: null, unitPrice: '0.005' },
]

/** A plan that includes 10,000 calls, and charges this rate for more. */
const plan = (key: string, rate: OverageRates) => ({
  key,
  name: key,
  monthlyPriceUsd: 0,
  limits: [
    { meter: 'calls', window: 'period' as const, max: 10_000, behavior: 'overage' as const },
  ],
  overageRates: rate,
})

const catalog = {
  key: 'rates',
  name: 'Rates',
  meters: [{ key: 'calls', unit: 'call', aggregation: 'sum' }],
  eventTypes: [
    { key: 'work', name: 'Work', category: 'all', baseCredits: 0, meters: { calls: 'quantity' } },
  ],
  plans: [
    plan('unit', { calls: '0.01' }),
    plan('graduated', { calls: { model: 'graduated', tiers: TIERS } }),
    plan('volume', { calls: { model: 'volume', tiers: TIERS } }),
    plan('package', { calls: { model: 'package', packageSize: 1_000, packagePrice: 3 } }),
    plan('at-most', { calls: { model: 'flat', unitPrice: '0.01', maximum: 25 } }),
    plan('at-least', { calls: { model: 'flat', unitPrice: '0.01', minimum: 25 } }),
  ],
} satisfies CatalogInput

describeTollgate(
  'overage by tiers, packages and bounds',
  (subject) => {
    let made = 0
    const overageOf = async (plan: string, calls: number) => {
      const { tollgate, organization } = subject()
      const id = await organization(plan)
      made += 1
      if (calls > 0) {
        await tollgate.record({
          id: `use-${made}`,
          organizationId: id,
          eventType: 'work',
          quantities: { calls },
        })
      }
      const { lines } = await tollgate.invoices.preview({ organizationId: id })
      const { totalUsd } = await tollgate.usage.overage({ organizationId: id })
      const overage = lines.find(({ kind }) => kind === 'overage')
      expect(Number(totalUsd)).toBe(Number(overage?.exactAmount ?? 0))
      return overage?.amount ?? null
    }

    it.each([
      ['unit', 16_000, '60.00'], // 6,000 × 0.01
      ['graduated', 16_000, '47.00'], // 1,000 × 0.01 + 4,000 × 0.008 + 1,000 × 0.005
      ['volume', 16_000, '30.00'], // 6,000 × 0.005
      ['package', 16_000, '18.00'], // 6 × 3
      ['package', 16_001, '21.00'], // a started package counts in full
      ['graduated', 10_000, null],
      ['at-most', 12_000, '20.00'],
      ['at-most', 16_000, '25.00'],
      ['at-least', 12_000, '25.00'],
      ['at-least', 16_000, '60.00'],
      ['at-least', 0, '25.00'],
    ])('bills plan %s, for %i calls, as %s', async (plan, calls, amount) => {
      expect(await overageOf(plan, calls)).toBe(amount)
    })

    it('refuses a rate that cannot charge anything, and says why', async () => {
      const { tollgate } = subject()
      const faultsOf = async (calls: unknown) => {
        const document = {
          ...catalog,
          plans: [{ ...plan('unit', {}), overageRates: { calls } as OverageRates }],
        }
        const applied = tollgate.catalog.apply({ document })
        const error = await applied.then(
          () => undefined,
          (error: { faults: readonly { field: string; message: string }[] }) => error,
        )
        return error?.faults.map(({ field, message }) => `${field}: ${message}`)
      }
      const at = 'plans.unit.overageRates.calls'
      const [first] = TIERS
      expect(await faultsOf({ model: 'graduated', tiers: [first] })).toEqual([
        `${at}: only the last tier has no end`,
      ])
      expect(await faultsOf({ model: 'volume', tiers: [first, first, TIERS[2]] })).toEqual([
        `${at}: tiers must ascend`,
      ])
      expect(await faultsOf({ model: 'package', packageSize: 0, packagePrice: 1 })).toEqual([
        `${at}: the size of a package must be above zero`,
      ])
      const crossed = { model: 'flat', unitPrice: 1, minimum: 2, maximum: 1 }
      expect(await faultsOf(crossed)).toEqual([`${at}: a minimum must not be above the maximum`])
      for (const wrong of [-1, 'much', { model: 'free' }, { model: 'package' }, []]) {
        expect(await faultsOf(wrong)).toEqual([expect.stringContaining(at)])
      }
    })
  },
  { catalogs: [{ document: catalog, origin: 'the rates of the tests' }] },
)
