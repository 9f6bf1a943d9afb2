/** Control characters, invisible characters, and those that change the direction of text. */
const UNSEEN = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/gu

/** Turns text from outside into one visible line of at most `mostCharacters`. */
export const plainWords = (text: string, mostCharacters = 200): string => {
  const line = text.toWellFormed().replace(UNSEEN, ' ').replace(/\s+/g, ' ').trim()
  const characters = [...line]
  return characters.length <= mostCharacters
    ? line
    : `${characters.slice(0, mostCharacters - 1).join('')}…`
}
