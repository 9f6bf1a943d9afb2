// A catalog describes what you sell: meters, priced event types, and plans with limits.
// `defineCatalog` checks it as a whole.
import { createTollgate, defineCatalog } from 'tollgate'

const catalog = defineCatalog({
  key: 'pictures',
  name: 'Pictures',
  meters: [
    { key: 'credits', name: 'Credits', unit: 'credit', aggregation: 'sum', scale: 6 },
    { key: 'images', name: 'Images', unit: 'image', aggregation: 'count' },
  ],
  eventTypes: [
    {
      key: 'image',
      name: 'Image',
      category: 'images',
      baseCredits: 4,
      multipliers: ['megapixels'],
      bonuses: { upscale: 2 },
      meters: { images: 1 },
    },
  ],
  plans: [
    {
      key: 'hobby',
      name: 'Hobby',
      monthlyPriceUsd: '9.00',
      limits: [
        { meter: 'credits', window: 'period', max: 100, behavior: 'hard' },
        { meter: 'images', window: 'minute', max: 10, behavior: 'hard' },
      ],
    },
  ],
})

const tollgate = await createTollgate({ database: 'memory', catalogs: [catalog] })
await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'pictures/hobby' })
const decision = await tollgate.track({
  organizationId: 'acme',
  eventType: 'image',
  properties: { megapixels: 2, upscale: true },
})
console.log(decision.credits, decision.usage.remainingCredits)
await tollgate.close()

// Prints:
// 10 90
