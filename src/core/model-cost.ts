import {
  add,
  type Decimal,
  exactDecimal,
  multiply,
  PICO_USD_SCALE,
  type PicoUsd,
  toUnits,
  ZERO,
} from './amounts.ts'

/** Prices of tokens in US dollars per million, as decimal text. */
export interface TokenPrices {
  readonly inputUsdPerMillion: string
  /** Absent: cached input costs what other input does. */
  readonly cachedInputUsdPerMillion?: string | undefined
  readonly outputUsdPerMillion: string
  /** Absent: reasoning costs what other output does. */
  readonly reasoningUsdPerMillion?: string | undefined
}

/** The prices of a call whose input has more tokens than `aboveInputTokens`. */
export interface PriceTier extends TokenPrices {
  readonly aboveInputTokens: number
}

/** What a call of one model costs. */
export interface ModelPrice extends TokenPrices {
  readonly provider: string
  readonly model: string
  /**
   * For long inputs. The tier with the highest threshold that the input exceeds replaces the
   * prices above for all tokens of the call, not only for those past the threshold.
   */
  readonly tiers?: readonly PriceTier[] | undefined
  /** A fee for the request itself, whatever its tokens, in US dollars per thousand requests. */
  readonly requestUsdPerThousand?: string | undefined
}

/** The tokens of one call, each a whole number. */
export interface TokenUsage {
  /** All input, cached included. */
  readonly inputTokens: number
  /** The part of the input that the provider had cached. */
  readonly cachedInputTokens?: number | undefined
  /** All output, reasoning included. */
  readonly outputTokens: number
  /** The part of the output that was reasoning. */
  readonly reasoningTokens?: number | undefined
}

/**
 * The cost of one call. Exact whenever the prices have at most six decimals; otherwise rounded
 * half up, once, to a pico-dollar. Throws when a part exceeds its whole or a count is not a whole
 * number: the event schema reports those to the caller before anything is priced.
 */
export const costOfTokens = (price: ModelPrice, usage: TokenUsage): PicoUsd => {
  const cached = usage.cachedInputTokens ?? 0
  const reasoning = usage.reasoningTokens ?? 0
  const prices = pricesFor(price, usage.inputTokens)
  const { inputUsdPerMillion: input, outputUsdPerMillion: output } = prices
  const parts = [
    share(input, usage.inputTokens - cached, TOKENS_PER_PRICE),
    share(prices.cachedInputUsdPerMillion ?? input, cached, TOKENS_PER_PRICE),
    share(output, usage.outputTokens - reasoning, TOKENS_PER_PRICE),
    share(prices.reasoningUsdPerMillion ?? output, reasoning, TOKENS_PER_PRICE),
    share(price.requestUsdPerThousand ?? '0', 1, REQUESTS_PER_PRICE),
  ]
  return toUnits(parts.reduce(add, ZERO), PICO_USD_SCALE)
}

/** One in a million and one in a thousand: what one token or request bears of its price. */
const TOKENS_PER_PRICE: Decimal = { units: 1n, scale: 6 }
const REQUESTS_PER_PRICE: Decimal = { units: 1n, scale: 3 }

const pricesFor = (price: ModelPrice, inputTokens: number): TokenPrices =>
  (price.tiers ?? [])
    .filter((tier) => inputTokens > tier.aboveInputTokens)
    .reduce<TokenPrices & { aboveInputTokens?: number }>(
      (best, tier) => (tier.aboveInputTokens > (best.aboveInputTokens ?? -1) ? tier : best),
      price,
    )

const share = (usdText: string, count: number, perPrice: Decimal): Decimal => {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new RangeError(`a token count must be a whole number, and a part within its whole`)
  }
  if (count === 0) return ZERO
  return multiply(multiply(exactDecimal(usdText), { units: BigInt(count), scale: 0 }), perPrice)
}
