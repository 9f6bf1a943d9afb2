/**
 * A bound value as the text that PostgreSQL reads, the same for both drivers.
 *
 * Strings pass unchanged, also for arrays and JSON: `'{a,b}'` binds to `$1::text[]` at no cost. A
 * JS array becomes an array literal, any other object JSON. So pass JSON whose top level is an
 * array as a string.
 */
export const toParameter = (value: unknown): string | null => {
  switch (typeof value) {
    case 'string':
      return value
    case 'bigint':
    case 'number':
    case 'boolean':
      return String(value)
    case 'undefined':
      return null
    case 'object':
      return value === null ? null : objectText(value)
    default:
      throw new TypeError(`A ${typeof value} cannot be bound to a statement.`)
  }
}

const objectText = (value: object): string => {
  if (value instanceof Date) return instantText(value)
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  if (Array.isArray(value)) return arrayText(value)
  return JSON.stringify(value)
}

const arrayText = (items: readonly unknown[]): string => `{${items.map(itemText).join(',')}}`

const itemText = (item: unknown): string => {
  if (Array.isArray(item)) return arrayText(item)
  const text = toParameter(item)
  return text === null ? 'NULL' : `"${text.replace(/[\\"]/g, '\\$&')}"`
}

// The farthest dates in JavaScript. They stand for PostgreSQL's infinities (see parsers.ts).
const farthestMs = 8.64e15

const instantText = (date: Date): string => {
  const ms = date.getTime()
  if (Math.abs(ms) === farthestMs) return ms > 0 ? 'infinity' : '-infinity'
  const iso = date.toISOString()
  const year = date.getUTCFullYear()
  if (year >= 1 && year <= 9999) return iso
  // PostgreSQL writes neither '+012345-' nor a year 0: the year before 1 is 1 BC.
  const afterYear = iso.slice(iso.indexOf('-', 1))
  return year >= 1 ? `${year}${afterYear}` : `${String(1 - year).padStart(4, '0')}${afterYear} BC`
}
