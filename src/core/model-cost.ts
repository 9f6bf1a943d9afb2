import { exactDecimal, PICO_USD_SCALE, type PicoUsd, toUnits } from './amounts.ts'

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
export const costOfTokens = (price: ModelPrice, usage: TokenUsage): PicoUsd =>
  compileModelPrice(price)(usage)

/** Costs calls of one model. */
export type CallCoster = (usage: TokenUsage) => PicoUsd

/** `costOfTokens` for many calls of one model: its decimals are read once. */
export const compileModelPrice = (price: ModelPrice): CallCoster => {
  const base = ratesOf(price)
  const tiers = (price.tiers ?? [])
    .map((tier) => ({ above: tier.aboveInputTokens, rates: ratesOf(tier) }))
    .sort((a, b) => b.above - a.above)
  const request = unitsAtRateScale(price.requestUsdPerThousand ?? '0') * 1_000n
  return (usage) => {
    const cached = usage.cachedInputTokens ?? 0
    const reasoning = usage.reasoningTokens ?? 0
    const rates = tiers.find((tier) => usage.inputTokens > tier.above)?.rates ?? base
    const units =
      rates.input * count(usage.inputTokens - cached) +
      rates.cachedInput * count(cached) +
      rates.output * count(usage.outputTokens - reasoning) +
      rates.reasoning * count(reasoning) +
      request
    return toUnits({ units, scale: RATE_SCALE }, PICO_USD_SCALE)
  }
}

/** Prices per million have at most 24 decimals; those per token six more. */
const RATE_SCALE = 30

interface Rates {
  readonly input: bigint
  readonly cachedInput: bigint
  readonly output: bigint
  readonly reasoning: bigint
}

/** Dollars per token, in units of 10^-30. */
const ratesOf = (prices: TokenPrices): Rates => ({
  input: unitsAtRateScale(prices.inputUsdPerMillion),
  cachedInput: unitsAtRateScale(prices.cachedInputUsdPerMillion ?? prices.inputUsdPerMillion),
  output: unitsAtRateScale(prices.outputUsdPerMillion),
  reasoning: unitsAtRateScale(prices.reasoningUsdPerMillion ?? prices.outputUsdPerMillion),
})

const unitsAtRateScale = (usdPerMillion: string): bigint =>
  toUnits(exactDecimal(usdPerMillion), RATE_SCALE - 6)

const count = (tokens: number): bigint => {
  if (!Number.isSafeInteger(tokens) || tokens < 0) {
    throw new RangeError('a token count must be a whole number, and a part within its whole')
  }
  return BigInt(tokens)
}
