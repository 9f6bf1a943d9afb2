/** Control characters, and those that turn the direction of what follows or cannot be seen. */
const UNSEEN = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/gu

/** Words of somebody else as one line of visible text, cut to so many characters. */
export const plainWords = (text: string, mostCharacters = 200): string => {
  const line = text.toWellFormed().replace(UNSEEN, ' ').replace(/\s+/g, ' ').trim()
  const characters = [...line]
  return characters.length <= mostCharacters
    ? line
    : `${characters.slice(0, mostCharacters - 1).join('')}…`
}

/** An exact decimal with its thousands apart; anything else as it is. */
export const shownDecimal = (text: string): string => {
  const parts = /^(-?)(\d+)(\.\d+)?$/.exec(text)
  if (!parts) return text
  const [, sign = '', whole = '', fraction = ''] = parts
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${fraction}`
}
