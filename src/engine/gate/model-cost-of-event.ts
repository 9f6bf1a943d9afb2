import type { ModelPrice } from '../../contract/catalog.ts'
import type { UsageEvent } from '../../contract/usage.ts'
import { formatUnits, PICO_USD_SCALE } from '../../core/amounts.ts'
import { type CallCoster, compileModelPrice } from '../../core/model-cost.ts'
import { libraryPrice } from '../catalog/price-library.ts'

export type PriceSource = 'override' | 'catalog' | 'library' | 'unpriced'

export interface ModelCost {
  /** Decimal text in US dollars; undefined when the model is not known. */
  readonly costUsd?: string | undefined
  readonly priceSource?: PriceSource | undefined
}

/** Looking a model up in the library costs 15 µs, so each is looked up once an hour. */
const LIBRARY_TTL_MS = 3_600_000
const MAX_CACHED_MODELS = 1_000

/**
 * What calls of models cost, by the first of: this process's overrides, the catalog's prices, the
 * price library's. A model that none of them knows is `unpriced`: never silently free.
 */
export class ModelCosts {
  readonly #overrides: readonly ModelPrice[]
  readonly #library = new Map<string, { cost: CallCoster | undefined; hour: number }>()
  readonly #compiled = new WeakMap<ModelPrice, CallCoster>()

  constructor(overrides: readonly ModelPrice[]) {
    this.#overrides = overrides
  }

  /** The cost of one call; nothing at all when the event names no model. */
  of(
    event: Pick<UsageEvent, 'provider' | 'model'> & TokenCounts,
    catalogPrices: readonly ModelPrice[],
    at: Date,
  ): ModelCost {
    if (!event.model) return {}
    const provider = event.provider ?? undefined
    const found =
      this.#found('override', this.#overrides, provider, event.model) ??
      this.#found('catalog', catalogPrices, provider, event.model) ??
      this.#inLibrary(provider, event.model, at)
    if (!found) return { priceSource: 'unpriced' }
    const cost = found.cost({
      inputTokens: event.inputTokens ?? 0,
      cachedInputTokens: event.cachedInputTokens ?? 0,
      outputTokens: event.outputTokens ?? 0,
      reasoningTokens: event.reasoningTokens ?? 0,
    })
    return { costUsd: formatUnits(cost, PICO_USD_SCALE), priceSource: found.source }
  }

  #found(
    source: PriceSource,
    prices: readonly ModelPrice[],
    provider: string | undefined,
    model: string,
  ): { cost: CallCoster; source: PriceSource } | undefined {
    const price = prices.find(
      (one) =>
        one.model === model &&
        (provider === undefined || one.provider === '*' || one.provider === provider),
    )
    if (!price) return undefined
    const cost = this.#compiled.get(price) ?? compileModelPrice(price)
    this.#compiled.set(price, cost)
    return { cost, source }
  }

  #inLibrary(provider: string | undefined, model: string, at: Date) {
    const key = `${provider ?? ''}\n${model}`
    const hour = Math.floor(at.getTime() / LIBRARY_TTL_MS)
    let cached = this.#library.get(key)
    if (!cached || cached.hour !== hour) {
      if (this.#library.size >= MAX_CACHED_MODELS) this.#library.clear()
      const price = libraryPrice(provider, model, at)
      cached = { cost: price && compileModelPrice(price), hour }
      this.#library.set(key, cached)
    }
    return cached.cost && { cost: cached.cost, source: 'library' as const }
  }
}

type TokenCounts = Pick<
  UsageEvent,
  'inputTokens' | 'cachedInputTokens' | 'outputTokens' | 'reasoningTokens'
>
