import { calcPrice } from '@pydantic/genai-prices'
import type { ModelPrice, TokenPrices } from '../../core/model-cost.ts'

/**
 * The version of the price library that is used here, and its publication. A test compares both.
 */
export const PRICE_LIBRARY = { version: '0.1.8', publishedAt: '2026-09-23T10:11:04Z' } as const

/**
 * No model has a longer name. The library matches patterns against names, so longer ones are not
 * tried.
 */
const MAX_NAME_LENGTH = 200

/**
 * The price of a model on a day, from the price library. Provider and model have the library's
 * names. Only unit prices are used: the library's totals are binary floating point.
 *
 * Returns undefined if the library does not know the model, or lists no price of tokens, time or
 * pages for it. The list does not distinguish free from unknown, and an unknown price must not pass
 * as free.
 *
 * It scans the library's list, some 15 µs: cache the result for frequent use. The price may change
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
  const others = fees(prices)
  // A price of output tokens alone says nothing of the input, and a fee says nothing of tokens
  // whose price is unknown.
  const isByTokens = base.inputUsdPerMillion !== undefined
  const { requestUsdPerThousand: _, webSearchUsdPerThousand: _web, ...units } = others
  if (!isByTokens && Object.keys(units).length === 0) return undefined
  const tiers = thresholds(prices).map((aboveInputTokens) => ({
    aboveInputTokens,
    ...tokenPrices(prices, aboveInputTokens + 1),
  }))
  return {
    provider: found.provider.id,
    model: found.model.id,
    ...(isByTokens && base),
    ...(isByTokens && tiers.length > 0 && { tiers }),
    ...others,
  }
}

type LibraryPrice = number | { base: number; tiers: { start: number; price: number }[] } | undefined
type LibraryPrices = Readonly<Record<string, LibraryPrice>>

/** Our names of token prices, with the library's names. */
const TOKEN_PRICES: readonly (readonly [keyof TokenPrices, string])[] = [
  ['inputUsdPerMillion', 'input_mtok'],
  ['cachedInputUsdPerMillion', 'cache_read_mtok'],
  ['cacheWriteUsdPerMillion', 'cache_write_mtok'],
  ['cacheWrite1hUsdPerMillion', 'cache_write_1h_mtok'],
  ['inputAudioUsdPerMillion', 'input_audio_mtok'],
  ['cachedAudioUsdPerMillion', 'cache_audio_read_mtok'],
  ['inputImageUsdPerMillion', 'input_image_mtok'],
  ['cachedImageUsdPerMillion', 'cache_image_read_mtok'],
  ['inputVideoUsdPerMillion', 'input_video_mtok'],
  ['outputUsdPerMillion', 'output_mtok'],
  ['reasoningUsdPerMillion', 'output_reasoning_mtok'],
  ['outputAudioUsdPerMillion', 'output_audio_mtok'],
  ['outputImageUsdPerMillion', 'output_image_mtok'],
  ['outputVideoUsdPerMillion', 'output_video_mtok'],
  ['citationUsdPerMillion', 'output_citation_mtok'],
]

type Fee = Exclude<keyof ModelPrice, keyof TokenPrices | 'provider' | 'model' | 'tiers'>

/** Prices by the piece or the hour. Of two names, the first one in the library's list counts. */
const FEES: readonly (readonly [Fee, ...string[]])[] = [
  ['requestUsdPerThousand', 'requests_kcount'],
  ['webSearchUsdPerThousand', 'web_searches_kcount'],
  ['fileSearchUsdPerThousand', 'storage_searches_kcount'],
  ['audioUsdPerHour', 'audio_hours', 'input_audio_hours'],
  ['pageUsdPerThousand', 'input_document_kpages'],
  ['annotatedPageUsdPerThousand', 'input_annotated_document_kpages'],
  ['textMessageUsdPerThousand', 'input_text_messages_kcount'],
]

/** All price names that are read from the library. A test checks that it has no others. */
export const KNOWN_PRICES: readonly string[] = [
  ...TOKEN_PRICES.map(([, name]) => name),
  ...FEES.flatMap(([, ...names]) => names),
]

const tokenPrices = (prices: LibraryPrices, inputTokens: number): TokenPrices => {
  const listed = TOKEN_PRICES.flatMap(([ours, theirs]) => {
    const price = priceAt(prices[theirs], inputTokens)
    return price === undefined ? [] : [[ours, price] as const]
  })
  const found: TokenPrices = Object.fromEntries(listed)
  // A model that only reads (an embedding) has no output price.
  return found.inputUsdPerMillion !== undefined && found.outputUsdPerMillion === undefined
    ? { ...found, outputUsdPerMillion: '0' }
    : found
}

const fees = (prices: LibraryPrices): Partial<Record<Fee, string>> =>
  Object.fromEntries(
    FEES.flatMap(([ours, ...theirs]) => {
      const name = theirs.find((one) => prices[one] !== undefined)
      const price = name === undefined ? undefined : priceAt(prices[name], 0)
      return price === undefined ? [] : [[ours, price]]
    }),
  )

/** The shortest decimal that equals this double: the price as the library's list has it. */
const priceAt = (price: LibraryPrice, inputTokens: number): string | undefined => {
  if (price === undefined || typeof price === 'number') return price?.toString()
  const reached = price.tiers.filter((tier) => inputTokens > tier.start)
  const highest = reached.sort((a, b) => b.start - a.start)[0]
  return String(highest?.price ?? price.base)
}

/** The numbers of tokens at which any token price changes, in ascending order. */
const thresholds = (prices: LibraryPrices): number[] => {
  const starts = TOKEN_PRICES.flatMap(([, name]) => {
    const price = prices[name]
    return typeof price === 'object' ? price.tiers.map((tier) => tier.start) : []
  })
  return [...new Set(starts)].sort((a, b) => a - b)
}
