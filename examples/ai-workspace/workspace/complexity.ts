const WORDS_A_STEP = 50
const MOST = 5

/**
 * The size of a text: 1, plus a tenth for each 50 words, up to 5. It multiplies the price of an
 * event type.
 */
export const complexityOf = (text: string): number => {
  const words = text.split(/\s+/).filter((word) => word !== '').length
  const tenths = 10 + Math.floor(words / WORDS_A_STEP)
  return Math.min(tenths, MOST * 10) / 10
}
