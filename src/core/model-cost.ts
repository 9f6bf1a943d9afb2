import { exactDecimal, PICO_USD_SCALE, type PicoUsd, toUnits } from './amounts.ts'
import { type CallAmounts, PIECE_PARTS, type TokenPools, tokenPools } from './usage-parts.ts'

/** Prices of tokens in US dollars per million, as decimal text. */
export interface TokenPrices {
  /** Absent together with the output price: the model is not billed by tokens. */
  readonly inputUsdPerMillion?: string | undefined
  /** Absent: cached input costs as much as other input. */
  readonly cachedInputUsdPerMillion?: string | undefined
  /** The price of writing to the provider's cache. Absent: as much as other input. */
  readonly cacheWriteUsdPerMillion?: string | undefined
  /** The price of writing to the cache for an hour. Absent: as much as other cache writes. */
  readonly cacheWrite1hUsdPerMillion?: string | undefined
  readonly inputAudioUsdPerMillion?: string | undefined
  readonly cachedAudioUsdPerMillion?: string | undefined
  readonly inputImageUsdPerMillion?: string | undefined
  readonly cachedImageUsdPerMillion?: string | undefined
  readonly inputVideoUsdPerMillion?: string | undefined
  readonly outputUsdPerMillion?: string | undefined
  /** Absent: reasoning costs as much as other output. */
  readonly reasoningUsdPerMillion?: string | undefined
  readonly outputAudioUsdPerMillion?: string | undefined
  readonly outputImageUsdPerMillion?: string | undefined
  readonly outputVideoUsdPerMillion?: string | undefined
  readonly citationUsdPerMillion?: string | undefined
}

/** The prices of a call whose input has more tokens than `aboveInputTokens`. */
export interface PriceTier extends TokenPrices {
  readonly aboveInputTokens: number
}

/** The price of calls of one model. */
export interface ModelPrice extends TokenPrices {
  readonly provider: string
  readonly model: string
  /**
   * Prices for long inputs. The tier with the highest threshold below the input applies to all
   * tokens of the call, not only to those past the threshold.
   */
  readonly tiers?: readonly PriceTier[] | undefined
  /** The fee per request, in US dollars per thousand requests. */
  readonly requestUsdPerThousand?: string | undefined
  readonly webSearchUsdPerThousand?: string | undefined
  readonly fileSearchUsdPerThousand?: string | undefined
  readonly audioUsdPerHour?: string | undefined
  readonly pageUsdPerThousand?: string | undefined
  /** Absent: an annotated page costs as much as other pages. */
  readonly annotatedPageUsdPerThousand?: string | undefined
  readonly textMessageUsdPerThousand?: string | undefined
}

/** The cost of a call, or why it cannot be computed. */
export type CallCost =
  | {
      readonly picoUsd: PicoUsd
      /**
       * True when the price has separate rates for audio, images or video, but the call reported no
       * such input. All input was then priced as text.
       */
      readonly asText: boolean
    }
  /**
   * `nothing_told`: the call reports no amount. `untold`: it lacks a part that the price needs.
   * `no_price`: it reports a part that has no price.
   */
  | { readonly unpriced: 'nothing_told' | 'untold' | 'no_price' }

/** Computes the cost of calls of one model. */
export type CallCoster = (usage: CallAmounts) => CallCost

/**
 * Computes the cost of one call. Exact if prices have at most six decimals; otherwise rounded once,
 * half up, to a pico-dollar. Throws when a part exceeds its whole or a count is not a whole number.
 * The event schema reports those faults before anything is priced.
 */
export const costOfCall = (price: ModelPrice, usage: CallAmounts): CallCost =>
  compileModelPrice(price)(usage)

/** `costOfCall` for many calls of one model. It parses the decimals once. */
export const compileModelPrice = (price: ModelPrice): CallCoster => {
  const base = ratesOf(price)
  const tiers = (price.tiers ?? [])
    .map((tier) => ({ above: tier.aboveInputTokens, rates: ratesOf(tier) }))
    .sort((a, b) => b.above - a.above)
  const fees = feesOf(price)
  const request = fees.requests ?? 0n
  const needsNone = needsNoAmount(fees, base) && tiers.length === 0
  const speaks =
    price.outputAudioUsdPerMillion !== undefined ||
    price.outputImageUsdPerMillion !== undefined ||
    price.outputVideoUsdPerMillion !== undefined
  const hears =
    price.inputAudioUsdPerMillion !== undefined ||
    price.inputImageUsdPerMillion !== undefined ||
    price.inputVideoUsdPerMillion !== undefined

  return (usage) => {
    const told = whatIsTold(usage, fees, base)
    if (told === 'no_price' || (told === 'nothing_told' && !needsNone)) return { unpriced: told }
    if (speaks && (usage.outputTokens ?? 0) > 0 && !tellsOutputKinds(usage)) {
      return { unpriced: 'untold' }
    }
    const input = usage.inputTokens ?? 0
    const rates = tiers.find((tier) => input > tier.above)?.rates ?? base
    let units = request * count(usage.requests ?? 1)
    if (rates) units += costOfPools(rates, tokenPools(usage))
    units += (fees.webSearches ?? 0n) * count(usage.webSearches ?? 0)
    units += (fees.fileSearches ?? 0n) * count(usage.fileSearches ?? 0)
    units += (fees.textMessages ?? 0n) * count(usage.textMessages ?? 0)
    const annotated = usage.annotatedPages ?? 0
    units += (fees.pages ?? 0n) * count((usage.pages ?? 0) - annotated)
    units += (feeOf(fees, 'annotatedPages') ?? 0n) * count(annotated)
    units += ((fees.audioSeconds ?? 0n) * milliseconds(usage.audioSeconds ?? 0)) / MS_PER_HOUR
    return {
      picoUsd: toUnits({ units, scale: RATE_SCALE }, PICO_USD_SCALE),
      asText: hears && input > 0 && !tellsInputKinds(usage),
    }
  }
}

/** Prices per million have at most 24 decimals, so prices per token have at most 30. */
const RATE_SCALE = 30
const MS_PER_HOUR = 3_600_000n

type FeeField = (typeof PIECE_PARTS)[number] | 'requests'
type Fees = { readonly [Field in FeeField]?: bigint }

/**
 * Checks that a call reports at least one priced amount and none without a price. Audio input can
 * be reported in seconds or in tokens, so both may occur together.
 */
const whatIsTold = (
  usage: CallAmounts,
  fees: Fees,
  rates: Rates | undefined,
): 'priced' | 'nothing_told' | 'no_price' => {
  let tells = rates !== undefined && (usage.inputTokens != null || usage.outputTokens != null)
  for (const field of PIECE_PARTS) {
    const amount = usage[field]
    if (amount == null) continue
    if (feeOf(fees, field) !== undefined) tells = true
    else if (amount > 0 && field !== 'audioSeconds') return 'no_price'
  }
  return tells ? 'priced' : 'nothing_told'
}

const feeOf = (fees: Fees, field: FeeField): bigint | undefined =>
  fees[field] ?? (field === 'annotatedPages' ? fees.pages : undefined)

/** True when the model is billed by request or is free, so that the call needs no amounts. */
const needsNoAmount = (fees: Fees, rates: Rates | undefined): boolean =>
  PIECE_PARTS.every((field) => fees[field] === undefined) &&
  (rates === undefined ? fees.requests !== undefined : POOLS.every((pool) => rates[pool] === 0n))

const tellsOutputKinds = (usage: CallAmounts): boolean =>
  usage.outputAudioTokens != null ||
  usage.outputImageTokens != null ||
  usage.outputVideoTokens != null

const tellsInputKinds = (usage: CallAmounts): boolean =>
  usage.inputAudioTokens != null || usage.inputImageTokens != null || usage.inputVideoTokens != null

/** US dollars per token for each pool, in units of 10^-30. */
type Rates = { readonly [Pool in keyof TokenPools]: bigint }

const costOfPools = (rates: Rates, pools: TokenPools): bigint => {
  let units = 0n
  for (const pool of POOLS) {
    if (pools[pool] !== 0) units += rates[pool] * count(pools[pool])
  }
  return units
}

/**
 * The rates of the pools. A pool without its own price costs as much as the next more general pool.
 */
const ratesOf = (prices: TokenPrices): Rates | undefined => {
  const { inputUsdPerMillion, outputUsdPerMillion } = prices
  if (inputUsdPerMillion === undefined && outputUsdPerMillion === undefined) return undefined
  const input = inputUsdPerMillion ?? '0'
  const output = outputUsdPerMillion ?? '0'
  const cached = prices.cachedInputUsdPerMillion ?? input
  const write = prices.cacheWriteUsdPerMillion ?? input
  const audio = prices.inputAudioUsdPerMillion ?? input
  const image = prices.inputImageUsdPerMillion ?? input
  return {
    text: perToken(input),
    cachedText: perToken(cached),
    cacheWrite: perToken(write),
    cacheWrite1h: perToken(prices.cacheWrite1hUsdPerMillion ?? write),
    audio: perToken(audio),
    cachedAudio: perToken(
      prices.cachedAudioUsdPerMillion ?? prices.cachedInputUsdPerMillion ?? audio,
    ),
    image: perToken(image),
    cachedImage: perToken(
      prices.cachedImageUsdPerMillion ?? prices.cachedInputUsdPerMillion ?? image,
    ),
    video: perToken(prices.inputVideoUsdPerMillion ?? input),
    output: perToken(output),
    reasoning: perToken(prices.reasoningUsdPerMillion ?? output),
    outputAudio: perToken(prices.outputAudioUsdPerMillion ?? output),
    outputImage: perToken(prices.outputImageUsdPerMillion ?? output),
    outputVideo: perToken(prices.outputVideoUsdPerMillion ?? output),
    citation: perToken(prices.citationUsdPerMillion ?? output),
  }
}

const POOLS: readonly (keyof TokenPools)[] = [
  'text',
  'cachedText',
  'cacheWrite',
  'cacheWrite1h',
  'audio',
  'cachedAudio',
  'image',
  'cachedImage',
  'video',
  'output',
  'reasoning',
  'outputAudio',
  'outputImage',
  'outputVideo',
  'citation',
]

/** US dollars per piece, in units of 10^-30. Audio is priced by the hour. */
const feesOf = (price: ModelPrice): Fees => {
  const perOne = (usd: string | undefined) => usd && toUnits(exactDecimal(usd), RATE_SCALE - 3)
  const hour = price.audioUsdPerHour
  const fees: { [Field in FeeField]?: bigint | '' | undefined } = {
    requests: perOne(price.requestUsdPerThousand),
    webSearches: perOne(price.webSearchUsdPerThousand),
    fileSearches: perOne(price.fileSearchUsdPerThousand),
    audioSeconds: hour && toUnits(exactDecimal(hour), RATE_SCALE),
    pages: perOne(price.pageUsdPerThousand),
    annotatedPages: perOne(price.annotatedPageUsdPerThousand),
    textMessages: perOne(price.textMessageUsdPerThousand),
  }
  return Object.fromEntries(Object.entries(fees).filter(([, fee]) => typeof fee === 'bigint'))
}

const perToken = (usdPerMillion: string): bigint =>
  toUnits(exactDecimal(usdPerMillion), RATE_SCALE - 6)

const count = (tokens: number): bigint => {
  if (!Number.isSafeInteger(tokens) || tokens < 0) {
    throw new RangeError('a count must be a whole number, and a part within its whole')
  }
  return BigInt(tokens)
}

/** Seconds have three decimals. */
const milliseconds = (seconds: number): bigint => count(Math.round(seconds * 1_000))
