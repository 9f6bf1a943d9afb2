import { calcPrice } from '@pydantic/genai-prices'
import type { ModelPrice, TokenPrices } from '../../core/model-cost.ts'

/** Longer names are no model's; the library matches patterns against them, so they are not tried. */
const MAX_NAME_LENGTH = 200

/**
 * The price of a model on a day, from the price library; the provider and the model are named as
 * the library names them. Only unit prices are taken from it: its totals are binary floating point.
 *
 * Undefined when the library does not know the model, and also when it lists the model without
 * a price per input token. Some of those are billed by the hour or the page; for the others the list
 * does not tell what is free from what is not known, and nothing unknown may pass as free.
 *
 * Scans the library's list, some 15 µs: keep the result where it is asked for often. It may change
 * with the day, and for a few models with the time of day.
 */
export const libraryPrice = (
  provider: string | undefined,
  model: string,
  at: Date,
): ModelPrice | undefined => {
  if (model.length > MAX_NAME_LENGTH || (provider?.length ?? 0) > MAX_NAME_LENGTH) return undefined
  const found = calcPrice({}, model, { providerId: provider, timestamp: at })
  if (!found) return undefined
  const prices: LibraryPrices = found.model_price
  const base = tokenPrices(prices, 0)
  if (!base) return undefined
  const tiers = thresholds(prices).flatMap((aboveInputTokens) => {
    const tier = tokenPrices(prices, aboveInputTokens + 1)
    return tier ? [{ aboveInputTokens, ...tier }] : []
  })
  return {
    provider: found.provider.id,
    model: found.model.id,
    ...base,
    ...(tiers.length > 0 && { tiers }),
    ...(typeof prices.requests_kcount === 'number' && {
      requestUsdPerThousand: String(prices.requests_kcount),
    }),
  }
}

type LibraryPrice = number | { base: number; tiers: { start: number; price: number }[] } | undefined
type LibraryPrices = Readonly<Record<string, LibraryPrice>>

/** The prices of tokens that a call may be billed at, by the library's names for them. */
const TOKEN_PRICES = ['input_mtok', 'cache_read_mtok', 'output_mtok', 'output_reasoning_mtok']

const tokenPrices = (prices: LibraryPrices, inputTokens: number): TokenPrices | undefined => {
  const [input, cachedInput, output, reasoning] = TOKEN_PRICES.map((name) =>
    priceAt(prices[name], inputTokens),
  )
  if (input === undefined) return undefined
  return {
    inputUsdPerMillion: input,
    ...(cachedInput !== undefined && { cachedInputUsdPerMillion: cachedInput }),
    // A model that only reads (an embedding) has no price of output.
    outputUsdPerMillion: output ?? '0',
    ...(reasoning !== undefined && { reasoningUsdPerMillion: reasoning }),
  }
}

/** The shortest decimal that is this double: the price as it was written into the library's list. */
const priceAt = (price: LibraryPrice, inputTokens: number): string | undefined => {
  if (price === undefined || typeof price === 'number') return price?.toString()
  const reached = price.tiers.filter((tier) => inputTokens > tier.start)
  const highest = reached.sort((a, b) => b.start - a.start)[0]
  return String(highest?.price ?? price.base)
}

/** Where any price of tokens changes, in ascending order. */
const thresholds = (prices: LibraryPrices): number[] => {
  const starts = TOKEN_PRICES.flatMap((name) => {
    const price = prices[name]
    return typeof price === 'object' ? price.tiers.map((tier) => tier.start) : []
  })
  return [...new Set(starts)].sort((a, b) => a - b)
}
