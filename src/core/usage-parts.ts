import type { Fault } from './fault.ts'

/**
 * The parts of a call that can have their own price, beside plain input and output. Token parts are
 * also included in `inputTokens` or `outputTokens`; counts are separate. A part that is not
 * reported counts as 0, unless its price requires it (`model-cost.ts`).
 */
export const TOKEN_PARTS = [
  'cacheWriteTokens',
  'cacheWrite1hTokens',
  'inputAudioTokens',
  'cachedAudioTokens',
  'inputImageTokens',
  'cachedImageTokens',
  'inputVideoTokens',
  'outputAudioTokens',
  'outputImageTokens',
  'outputVideoTokens',
  'citationTokens',
] as const
/** Amounts that are counted by the piece and have no token price. */
export const PIECE_PARTS = [
  'webSearches',
  'fileSearches',
  'audioSeconds',
  'pages',
  'annotatedPages',
  'textMessages',
] as const
/** The parts that are stored as JSON. The other tokens have a column each. */
export const USAGE_PARTS = [...TOKEN_PARTS, 'requests', ...PIECE_PARTS] as const
/** The fields of an event that a model's price can apply to. */
export const AMOUNT_FIELDS = [
  'inputTokens',
  'cachedInputTokens',
  'outputTokens',
  'reasoningTokens',
  ...USAGE_PARTS,
] as const

export type UsagePart = (typeof USAGE_PARTS)[number]
export type AmountField = (typeof AMOUNT_FIELDS)[number]

/** The amounts of one call as reported; null and undefined are the same. */
export type CallAmounts = { readonly [Field in AmountField]?: number | null | undefined }

/** Each part, and the whole that includes it. */
const WITHIN: readonly (readonly [part: AmountField, whole: AmountField])[] = [
  ['cachedInputTokens', 'inputTokens'],
  ['cacheWriteTokens', 'inputTokens'],
  ['cacheWrite1hTokens', 'cacheWriteTokens'],
  ['inputAudioTokens', 'inputTokens'],
  ['cachedAudioTokens', 'inputAudioTokens'],
  ['cachedAudioTokens', 'cachedInputTokens'],
  ['inputImageTokens', 'inputTokens'],
  ['cachedImageTokens', 'inputImageTokens'],
  ['cachedImageTokens', 'cachedInputTokens'],
  ['inputVideoTokens', 'inputTokens'],
  ['reasoningTokens', 'outputTokens'],
  ['outputAudioTokens', 'outputTokens'],
  ['outputImageTokens', 'outputTokens'],
  ['outputVideoTokens', 'outputTokens'],
  ['citationTokens', 'outputTokens'],
  ['annotatedPages', 'pages'],
]

/** The tokens of a call, split so that each token is in exactly one pool. */
export interface TokenPools {
  /** The input that is left after all pools below are subtracted. */
  readonly text: number
  readonly cachedText: number
  /** Cached for five minutes, or for the provider's default time. */
  readonly cacheWrite: number
  readonly cacheWrite1h: number
  readonly audio: number
  readonly cachedAudio: number
  readonly image: number
  readonly cachedImage: number
  readonly video: number
  /** The output that is left after the pools below are subtracted. */
  readonly output: number
  readonly reasoning: number
  readonly outputAudio: number
  readonly outputImage: number
  readonly outputVideo: number
  readonly citation: number
}

/**
 * Splits the tokens of a call into pools. A pool is negative when disjoint parts together exceed
 * their whole.
 */
export const tokenPools = (amounts: CallAmounts): TokenPools => {
  const of = (field: AmountField): number => amounts[field] ?? 0
  const cachedAudio = of('cachedAudioTokens')
  const cachedImage = of('cachedImageTokens')
  const cachedText = of('cachedInputTokens') - cachedAudio - cachedImage
  const audio = of('inputAudioTokens') - cachedAudio
  const image = of('inputImageTokens') - cachedImage
  const written = of('cacheWriteTokens')
  const video = of('inputVideoTokens')
  const apart = cachedText + cachedAudio + cachedImage + audio + image + written + video
  const reasoning = of('reasoningTokens')
  const outputAudio = of('outputAudioTokens')
  const outputImage = of('outputImageTokens')
  const outputVideo = of('outputVideoTokens')
  const citation = of('citationTokens')
  return {
    text: of('inputTokens') - apart,
    cachedText,
    cacheWrite: written - of('cacheWrite1hTokens'),
    cacheWrite1h: of('cacheWrite1hTokens'),
    audio,
    cachedAudio,
    image,
    cachedImage,
    video,
    output: of('outputTokens') - reasoning - outputAudio - outputImage - outputVideo - citation,
    reasoning,
    outputAudio,
    outputImage,
    outputVideo,
    citation,
  }
}

/** Lists faults between the amounts of a call, where parts exceed their whole. */
export const partFaults = (amounts: CallAmounts): Fault[] => {
  const faults: Fault[] = []
  for (const [part, whole] of WITHIN) {
    const count = amounts[part] ?? 0
    if (count > 0 && count > (amounts[whole] ?? 0)) {
      faults.push({ field: part, message: `must be at most ${whole}, which includes it` })
    }
  }
  if (faults.length > 0) return faults
  const pools = tokenPools(amounts)
  const isShort = (pool: number, whole: AmountField) => pool < 0 && !isNegative(amounts[whole])
  if (isShort(pools.cachedText, 'cachedInputTokens')) {
    return [overlap('cachedInputTokens', 'cached parts')]
  }
  if (isShort(pools.text, 'inputTokens')) return [overlap('inputTokens', 'parts of the input')]
  const isOutputShort = isShort(pools.output, 'outputTokens')
  return isOutputShort ? [overlap('outputTokens', 'parts of the output')] : []
}

/** A negative count is reported as its own fault, so it causes no second one. */
const isNegative = (count: number | null | undefined): boolean => (count ?? 0) < 0

const overlap = (field: AmountField, parts: string): Fault => ({
  field,
  message:
    `must be at least the sum of its ${parts}, which do not overlap (for cached audio and ` +
    'images, give their own fields)',
})

const PART_NAMES: ReadonlySet<string> = new Set(USAGE_PARTS)

/** The parts of a call as they are stored; undefined when none was reported. */
export const partsOf = (amounts: CallAmounts): Partial<Record<UsagePart, number>> | undefined => {
  // Most calls have few fields and no part, so asking for each part would cost more.
  for (const field in amounts) if (PART_NAMES.has(field)) return reportedParts(amounts)
  return undefined
}

const reportedParts = (amounts: CallAmounts): Partial<Record<UsagePart, number>> | undefined => {
  let parts: Partial<Record<UsagePart, number>> | undefined
  for (const part of USAGE_PARTS) {
    const count = amounts[part]
    if (count == null) continue
    parts ??= {}
    parts[part] = count
  }
  return parts
}
