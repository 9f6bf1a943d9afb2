import { expect, it } from 'vitest'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import { describeTollgate } from './describe-tollgate.ts'

const catalog = {
  key: 'assistant',
  name: 'Assistant',
  meters: [{ key: 'tokens', unit: 'token', aggregation: 'sum' }],
  eventTypes: [
    {
      key: 'ask',
      name: 'Ask',
      category: 'chat',
      baseCredits: 0,
      meters: { tokens: 'quantity' },
    },
  ],
  plans: [{ key: 'open', name: 'Open', monthlyPriceUsd: 0, limits: [] }],
  modelPrices: [
    { provider: 'openai', model: 'gpt-4o', inputUsdPerMillion: '7', outputUsdPerMillion: '9' },
  ],
} satisfies CatalogInput

describeTollgate(
  'the cost of model calls',
  (subject) => {
    const asked = async (event: Record<string, unknown>) => {
      const organizationId = await subject().organization('open')
      const { rejected } = await subject().tollgate.record({
        organizationId,
        eventType: 'ask',
        id: 'asked',
        ...event,
      })
      expect(rejected).toEqual([])
      const { events } = await subject().tollgate.usage.history({ organizationId })
      return { organizationId, event: events[0] }
    }

    it('includes cache writes, and appears in the history and by day', async () => {
      const { organizationId, event } = await asked({
        provider: 'anthropic',
        model: 'claude-3-7-sonnet-20250219',
        inputTokens: 12_307,
        cacheWriteTokens: 12_304,
        outputTokens: 550,
      })
      expect(event).toMatchObject({
        costUsd: '0.054399',
        priceSource: 'library',
        priceName: 'anthropic/claude-3-7-sonnet-latest',
        inputTokens: 12_307,
        cacheWriteTokens: 12_304,
        cacheWrite1hTokens: null,
        outputTokens: 550,
        unpriced: false,
      })
      const { tollgate } = subject()
      const day = await tollgate.usage.daily({ organizationId, days: 1 })
      expect(day.total).toMatchObject({ costUsd: '0.054399', parts: { cacheWriteTokens: 12_304 } })
      await tollgate.record({
        organizationId,
        eventType: 'ask',
        model: 'claude-3-7-sonnet-latest',
        inputTokens: 900,
        cacheWriteTokens: 800,
        cacheWrite1hTokens: 700,
        webSearches: 2,
      })
      expect((await tollgate.usage.daily({ organizationId, days: 1 })).total.parts).toEqual({
        cacheWriteTokens: 13_104,
        cacheWrite1hTokens: 700,
        webSearches: 2,
      })
      await tollgate.reverse({ organizationId, eventId: 'asked', reason: 'twice' })
      expect((await tollgate.usage.daily({ organizationId, days: 1 })).total.parts).toEqual({
        cacheWriteTokens: 800,
        cacheWrite1hTokens: 700,
        webSearches: 2,
      })
      const { differences } = await subject().engine.admin.aggregate()
      expect(differences).toEqual([])
    })

    it('covers every part at settlement, and drops the parts of the estimate', async () => {
      const { tollgate } = subject()
      const organizationId = await subject().organization('open')
      const hold = await tollgate.reserve({
        organizationId,
        eventType: 'ask',
        provider: 'anthropic',
        model: 'claude-3-7-sonnet-20250219',
        inputTokens: 99,
        cacheWriteTokens: 99,
      })
      if (!hold.allowed) throw new Error('refused')
      await expect(hold.settle({ inputTokens: 5, cacheWriteTokens: 6 })).rejects.toMatchObject({
        code: 'invalid_request',
        faults: [{ field: 'cacheWriteTokens' }],
      })
      await hold.settle({ inputTokens: 1_000_000, outputTokens: 0, webSearches: 1 })
      const { events } = await tollgate.usage.history({ organizationId })
      expect(events[0]).toMatchObject({ costUsd: '3.01', cacheWriteTokens: null, webSearches: 1 })
    })

    it.each([
      ['OpenAI', 'gpt-4o'],
      ['openai.chat', 'gpt-4o'],
      ['azure-openai', 'gpt-4o'],
      ['openai', 'gpt-4o-2024-08-06'],
      ['openai', 'openai/gpt-4o'],
      [undefined, 'openai/gpt-4o'],
      [undefined, 'gpt-4o'],
      ['openai', 'GPT-4o'],
    ])("uses the catalog's price for %s %s", async (provider, model) => {
      const { event } = await asked({ provider, model, inputTokens: 1_000_000, outputTokens: 0 })
      expect(event).toMatchObject({
        costUsd: '7',
        priceSource: 'catalog',
        priceName: 'openai/gpt-4o',
        provider: provider ?? null,
        model,
      })
    })

    it.each([
      ['google', 'models/gemini-2.0-flash', '0.1', 'google/gemini-2.0-flash', true],
      [undefined, 'anthropic/claude-3-7-sonnet', '3', 'anthropic/claude-3-7-sonnet-latest', false],
      [undefined, 'bedrock/anthropic.claude-3-7-sonnet-20250219-v1:0', '3', /^aws\//, false],
      ['openai', 'gpt-4o-mini-2024-07-18', '0.15', 'openai/gpt-4o-mini', false],
    ])("uses the library's price for %s %s", async (provider, model, costUsd, name, asText) => {
      const { event } = await asked({ provider, model, inputTokens: 1_000_000, outputTokens: 0 })
      expect(event).toMatchObject({ costUsd, priceSource: 'library', pricedAsText: asText })
      expect(event?.priceName).toMatch(name)
    })

    it('is unknown if the call reports no priced amount; the call is counted and shown as unpriced', async () => {
      const { organizationId, event } = await asked({ provider: 'openai', model: 'gpt-4o' })
      expect(event).toMatchObject({
        costUsd: null,
        unpriced: true,
        priceSource: 'unpriced',
        priceName: 'openai/gpt-4o',
      })
      const { total } = await subject().tollgate.usage.daily({ organizationId, days: 1 })
      expect(total).toMatchObject({ events: 1, unpriced: 1, costUsd: '0' })
    })

    it('counts once per id and its parts, and is refused with other parts', async () => {
      const { tollgate } = subject()
      const { organizationId } = await asked({
        model: 'gpt-4o',
        inputTokens: 9,
        cacheWriteTokens: 9,
      })
      const again = {
        organizationId,
        eventType: 'ask',
        id: 'asked',
        model: 'gpt-4o',
        inputTokens: 9,
      }
      expect(await tollgate.record({ ...again, cacheWriteTokens: 9 })).toMatchObject({
        duplicates: 1,
      })
      const { rejected } = await tollgate.record([again])
      expect(rejected[0]?.field).toBe('id')
    })
  },
  { catalogs: [catalog] },
)
