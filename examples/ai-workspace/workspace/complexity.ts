const WORDS_A_STEP = 50
const MOST = 5

/**
 * How much work a text is: 1, and a tenth more for each 50 words, up to 5. The price of an event
 * type is multiplied by it.
 */
export const complexityOf = (text: string): number => {
  const words = text.split(/\s+/).filter((word) => word !== '').length
  const tenths = 10 + Math.floor(words / WORDS_A_STEP)
  return Math.min(tenths, MOST * 10) / 10
}
