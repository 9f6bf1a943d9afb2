/** A bare item of a structured field: the JavaScript value of each RFC 9651 type. */
type BareItem = number | string | boolean | Uint8Array

export interface Item {
  readonly value: BareItem
  readonly parameters: ReadonlyMap<string, BareItem>
}

/**
 * Parses a List of Items strictly, by RFC 9651 section 4.2. It rejects types that rate limits do
 * not use: inner lists, tokens, decimals, dates and display strings.
 */
export const parseList = (field: string): Item[] => {
  if (!/^[\x20-\x7e]*$/.test(field)) throw new SyntaxError('only ASCII may be in a field')
  const input = { text: field.replace(/^ +| +$/g, '') }
  const members: Item[] = []
  while (input.text !== '') {
    members.push(parseItem(input))
    take(input, /^[ \t]*/)
    if (input.text === '') return members
    if (take(input, /^,[ \t]*/) === '') throw new SyntaxError(`no comma before ${input.text}`)
    if (input.text === '') throw new SyntaxError('a comma at the end')
  }
  return members
}

interface Input {
  text: string
}

const take = (input: Input, pattern: RegExp): string => {
  const [taken = ''] = pattern.exec(input.text) ?? []
  input.text = input.text.slice(taken.length)
  return taken
}

const parseItem = (input: Input): Item => {
  const value = parseBareItem(input)
  const parameters = new Map<string, BareItem>()
  while (take(input, /^; */) !== '') {
    const key = take(input, /^[a-z*][a-z0-9_.*-]*/)
    if (key === '') throw new SyntaxError(`no key at ${input.text}`)
    parameters.set(key, take(input, /^=/) === '' ? true : parseBareItem(input))
  }
  return { value, parameters }
}

const parseBareItem = (input: Input): BareItem => {
  const quoted = take(input, /^"(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"/)
  if (quoted !== '') return quoted.slice(1, -1).replace(/\\(.)/g, '$1')
  const bytes = take(input, /^:[A-Za-z0-9+/]*={0,2}:/)
  if (bytes !== '') return Uint8Array.from(Buffer.from(bytes.slice(1, -1), 'base64'))
  const integer = take(input, /^-?\d{1,15}(?![\d.])/)
  if (integer !== '') return Number(integer)
  const boolean = take(input, /^\?[01]/)
  if (boolean !== '') return boolean === '?1'
  throw new SyntaxError(`no item at ${input.text}`)
}
