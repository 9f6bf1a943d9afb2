import type { ModelPrice } from '../../contract/catalog.ts'
import type { UsageEvent } from '../../contract/usage.ts'
import { formatUnits, PICO_USD_SCALE } from '../../core/amounts.ts'
import { type CallCoster, compileModelPrice } from '../../core/model-cost.ts'
import { type ModelName, modelNames, providerName } from '../../core/model-names.ts'
import type { CallAmounts } from '../../core/usage-parts.ts'
import { Cache } from '../cache.ts'
import { libraryPrice } from '../catalog/price-library.ts'

type PriceSource = 'override' | 'catalog' | 'library' | 'unpriced'

export interface ModelCost {
  /**
   * Decimal text in US dollars. Undefined: the model is unknown, or the event has no amounts to
   * price.
   */
  readonly costUsd?: string | undefined
  readonly priceSource?: PriceSource | undefined
  /** The price that was found, as `provider/model`, even if it could not be applied. */
  readonly priceName?: string | undefined
  /** True if all input was priced as text, although the price has other kinds too. */
  readonly asText?: boolean | undefined
}

/** Library prices depend on the hour of the day, so each is looked up once an hour. */
const LIBRARY_TTL_MS = 3_600_000
const MAX_CACHED_MODELS = 1_000

interface FoundPrice {
  readonly source: PriceSource
  readonly name: string
  readonly cost: CallCoster
}

/** Prices by model name. `null`: there is none. */
type FoundPrices = Cache<FoundPrice | null>

/**
 * Computes the cost of model calls. The price comes from this process's overrides, then the
 * catalog, then the price library. Each list is searched for all names of a model
 * (`core/model-names.ts`).
 *
 * An unknown model is `unpriced`. So is a call without the amounts that its price needs. It is
 * never silently free.
 */
export class ModelCosts {
  readonly #overrides: readonly ModelPrice[]
  readonly #listed = new WeakMap<readonly ModelPrice[], FoundPrices>()
  readonly #library: FoundPrices = new Cache({ maxEntries: MAX_CACHED_MODELS })

  constructor(overrides: readonly ModelPrice[]) {
    this.#overrides = overrides
  }

  /** The cost of one call. Empty if the event names no model. */
  of(
    event: Pick<UsageEvent, 'provider' | 'model'> & CallAmounts,
    catalogPrices: readonly ModelPrice[],
    at: Date,
  ): ModelCost {
    if (!event.model) return {}
    const found = this.#priceOf(event.provider ?? undefined, event.model, catalogPrices, at)
    if (!found) return { priceSource: 'unpriced' }
    const cost = found.cost(event)
    if ('unpriced' in cost) return { priceSource: 'unpriced', priceName: found.name }
    return {
      costUsd: formatUnits(cost.picoUsd, PICO_USD_SCALE),
      priceSource: found.source,
      priceName: found.name,
      asText: cost.asText ? true : undefined,
    }
  }

  #foundIn(prices: readonly ModelPrice[]): FoundPrices {
    const known = this.#listed.get(prices)
    if (known) return known
    const found: FoundPrices = new Cache({ maxEntries: MAX_CACHED_MODELS })
    this.#listed.set(prices, found)
    return found
  }

  #priceOf(
    provider: string | undefined,
    model: string,
    catalogPrices: readonly ModelPrice[],
    at: Date,
  ): FoundPrice | undefined {
    const key = `${provider ?? ''}\n${model}`
    const own = this.#foundIn(catalogPrices).of(
      key,
      () =>
        listedPrice('override', this.#overrides, provider, model) ??
        listedPrice('catalog', catalogPrices, provider, model) ??
        null,
    )
    if (own) return own
    const hour = Math.floor(at.getTime() / LIBRARY_TTL_MS)
    const found = this.#library.of(
      `${hour}\n${key}`,
      () => priceOfLibrary(provider, model, at) ?? null,
    )
    return found ?? undefined
  }
}

/** The price of a model in a list. An exact name takes precedence over an equivalent one. */
const listedPrice = (
  source: PriceSource,
  prices: readonly ModelPrice[],
  provider: string | undefined,
  model: string,
): FoundPrice | undefined => {
  if (prices.length === 0) return undefined
  const exact = prices.find(
    (one) =>
      one.model === model &&
      (provider === undefined || one.provider === '*' || one.provider === provider),
  )
  const price = exact ?? firstOf(modelNames(provider, model), (name) => named(prices, name))
  return price && { source, name: nameOf(price), cost: compileModelPrice(price) }
}

const named = (prices: readonly ModelPrice[], name: ModelName): ModelPrice | undefined =>
  prices.find((one) => {
    const whose = one.provider === '*' ? undefined : providerName(one.provider)
    const isWhose = name.provider === undefined || whose === undefined || whose === name.provider
    if (!isWhose) return false
    const listed = one.model.toLowerCase()
    return listed === name.model || (whose !== undefined && listed === `${whose}/${name.model}`)
  })

const priceOfLibrary = (
  provider: string | undefined,
  model: string,
  at: Date,
): FoundPrice | undefined => {
  const price =
    libraryPrice(provider, model, at) ??
    firstOf(modelNames(provider, model), (name) => libraryPrice(name.provider, name.model, at))
  return price && { source: 'library', name: nameOf(price), cost: compileModelPrice(price) }
}

const nameOf = ({ provider, model }: ModelName | ModelPrice): string => `${provider}/${model}`

const firstOf = <From, Found>(
  items: readonly From[],
  find: (item: From) => Found | undefined,
): Found | undefined => {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}
