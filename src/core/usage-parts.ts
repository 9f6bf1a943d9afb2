import type { Fault } from './fault.ts'

/**
 * What of a call has a price of its own beside plain input and output. Tokens of a part are in
 * `inputTokens` or `outputTokens` as well; counts stand beside them. A part that is not told is
 * none, except where a price cannot do without it (`model-cost.ts`).
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
/** What is counted by the piece and has no price in tokens. */
export const PIECE_PARTS = [
  'webSearches',
  'fileSearches',
  'audioSeconds',
  'pages',
  'annotatedPages',
  'textMessages',
] as const
/** The parts that are kept as JSON beside the tokens that have a column each. */
export const USAGE_PARTS = [...TOKEN_PARTS, 'requests', ...PIECE_PARTS] as const
/** All fields of an event that a model's price may be applied to. */
export const AMOUNT_FIELDS = [
  'inputTokens',
  'cachedInputTokens',
  'outputTokens',
  'reasoningTokens',
  ...USAGE_PARTS,
] as const

export type UsagePart = (typeof USAGE_PARTS)[number]
export type AmountField = (typeof AMOUNT_FIELDS)[number]

/** Amounts of one call as they came in; null and undefined are alike. */
export type CallAmounts = { readonly [Field in AmountField]?: number | null | undefined }

/** Each part, and the whole that it is in. */
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

/** Tokens of a call by what each of them is, so that every token is in one pool only. */
export interface TokenPools {
  /** What is left of the input, once all that is below is taken out. */
  readonly text: number
  readonly cachedText: number
  /** Kept for five minutes, or for as long as the provider does unless asked. */
  readonly cacheWrite: number
  readonly cacheWrite1h: number
  readonly audio: number
  readonly cachedAudio: number
  readonly image: number
  readonly cachedImage: number
  readonly video: number
  /** What is left of the output. */
  readonly output: number
  readonly reasoning: number
  readonly outputAudio: number
  readonly outputImage: number
  readonly outputVideo: number
  readonly citation: number
}

/** A pool is negative where parts that cannot overlap are more than their whole together. */
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

/** What is wrong between the amounts of a call: a part is more than its whole. */
export const partFaults = (amounts: CallAmounts): Fault[] => {
  const faults: Fault[] = []
  for (const [part, whole] of WITHIN) {
    const count = amounts[part] ?? 0
    if (count > 0 && count > (amounts[whole] ?? 0)) {
      faults.push({ field: part, message: `must be at most ${whole}, which include them` })
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

/** It is told as that, and nothing follows from it. */
const isNegative = (count: number | null | undefined): boolean => (count ?? 0) < 0

const overlap = (field: AmountField, parts: string): Fault => ({
  field,
  message:
    `must not be less than its parts together: ${parts} do not overlap ` +
    '(tell what is cached of audio and images apart)',
})

/** The parts of a call as they are kept; undefined where none was told. */
export const partsOf = (amounts: CallAmounts): Partial<Record<UsagePart, number>> | undefined => {
  let parts: Partial<Record<UsagePart, number>> | undefined
  for (const part of USAGE_PARTS) {
    const count = amounts[part]
    if (count == null) continue
    parts ??= {}
    parts[part] = count
  }
  return parts
}
