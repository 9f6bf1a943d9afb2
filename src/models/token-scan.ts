/** Counts the tokens of a text, exactly or as an estimate. */
export type CountTokens = (text: string) => number

/** Counts a text that arrives in pieces. The cuts do not change the count. */
export interface TokenScan {
  /** Adds a piece and returns the tokens so far. */
  readonly add: (piece: string) => number
  readonly tokens: () => number
}

const WORD = 1
const DIGIT = 2
const BLANK = 3
const BREAK = 4
const SIGN = 5
const MARKED = 6
const ALPHABET = 7
const ABJAD = 8
const SYLLABLE = 9
const KANA = 10
const HAN = 11
const HANGUL = 12
const PAIR = 13
const REST_OF_PAIR = 14
const OTHER = 15

const kindOf = (code: number): number => {
  if (code < 128) return asciiKindOf(code)
  if (code < 0x0250) return MARKED
  if (code < 0x0600) return ALPHABET
  if (code < 0x0780) return ABJAD
  if (code >= 0x0900 && code < 0x1100) return SYLLABLE
  if (code >= 0x3040 && code < 0x3100) return KANA
  if (code >= 0xac00 && code < 0xd7b0) return HANGUL
  if (code >= 0x2e80 && code < 0xac00) return HAN
  if (code >= 0xd800 && code < 0xdc00) return PAIR
  return code >= 0xdc00 && code < 0xe000 ? REST_OF_PAIR : OTHER
}

const asciiKindOf = (code: number): number => {
  if (isUpper(code) || (code >= 97 && code <= 122)) return WORD
  if (code >= 48 && code <= 57) return DIGIT
  if (code === 32 || code === 9) return BLANK
  return code === 10 || code === 13 ? BREAK : SIGN
}

const isUpper = (code: number): boolean => code >= 65 && code <= 90
const isLetter = (kind: number): boolean => kind === WORD || kind === MARKED

/**
 * Creates a scan that estimates tokens by character classes, in one pass without a vocabulary. The
 * error is within a fifth for most languages and code, and a third at worst (measured against
 * o200k). It counts hundredths of tokens, so that sums are exact and pieces add up to the whole.
 */
const createTokenScan = (): TokenScan => {
  let hundredths = 0
  let before = 0
  let run = 0
  let wasUpper = false

  const letter = (code: number, kind: number): number => {
    const isCapital = isUpper(code)
    const begins = !isLetter(before) || (isCapital && !wasUpper)
    run = begins ? 1 : run + 1
    const cost =
      (begins ? 100 : 0) +
      (kind === MARKED ? 70 : 0) +
      (isCapital && wasUpper && !begins ? 40 : 0) +
      (run > 7 ? 27 : 0)
    wasUpper = isCapital
    return cost
  }
  const costOf = (code: number, kind: number): number => {
    if (isLetter(kind)) return letter(code, kind)
    run = kind === before ? run + 1 : 1
    wasUpper = false
    if (kind === DIGIT) return run % 3 === 1 ? 100 : 0
    // A single blank before a word belongs to the word. Indentation does not.
    if (kind === BLANK) return run === 2 ? 80 : 0
    if (kind === BREAK) return run === 1 && before !== SIGN ? 80 : 0
    if (kind === SIGN) return run % 2 === 1 ? 85 : 30
    if (kind === ALPHABET) return run === 1 ? 60 : 22
    if (kind === ABJAD) return run === 1 ? 60 : 24
    return COSTS[kind] ?? 100
  }
  const tokens = () => Math.ceil(hundredths / 100)
  return {
    tokens,
    add: (piece) => {
      for (let at = 0; at < piece.length; at += 1) {
        const code = piece.charCodeAt(at)
        const kind = kindOf(code)
        hundredths += costOf(code, kind)
        before = kind
      }
      return tokens()
    },
  }
}

const COSTS: Readonly<Record<number, number>> = {
  [SYLLABLE]: 34,
  [KANA]: 70,
  [HAN]: 85,
  [HANGUL]: 62,
  [PAIR]: 200,
  [REST_OF_PAIR]: 0,
  [OTHER]: 100,
}

/**
 * Longer texts go to a caller's tokenizer in pieces, because some take time quadratic in a word's
 * length.
 */
const PIECE_CHARACTERS = 2_000

/** Uses the caller's tokenizer instead of the estimate. Each piece is counted separately. */
export const scanBy = (countTokens: CountTokens | undefined): TokenScan => {
  if (!countTokens) return createTokenScan()
  let total = 0
  return {
    tokens: () => total,
    add: (text) => {
      for (let at = 0; at < text.length; at += PIECE_CHARACTERS) {
        total += countTokens(text.slice(at, at + PIECE_CHARACTERS))
      }
      return total
    },
  }
}
