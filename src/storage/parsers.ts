/** Turns the text of one value, never null, into a JavaScript value. */
export type Parser = (text: string) => unknown

/**
 * The parser of a type, by the type's object id. Both drivers use only this table; a type that is
 * not in it stays text. A `date` and a `timestamp` stay text too: neither is an instant.
 */
export const parserFor = (typeId: number): Parser => parsers.get(typeId) ?? asText

const asText: Parser = (text) => text

const asInstant: Parser = (text) => {
  if (utcInstant.test(text)) return new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`)
  if (text === 'infinity') return new Date(8.64e15)
  if (text === '-infinity') return new Date(-8.64e15)
  return farInstant(text)
}

// Every session runs in UTC and the ISO date style, so nearly every instant has this form.
const utcInstant = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00$/
const anyInstant = /^(\d+)-(\d\d)-(\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)\+00( BC)?$/

const farInstant = (text: string): Date => {
  const [, year = '', month, day, time, bc] = anyInstant.exec(text) ?? []
  const signed = bc ? 1 - Number(year) : Number(year)
  const padded = String(Math.abs(signed)).padStart(6, '0')
  // '-000000' is not a date, so the year 0 takes the plus sign.
  return new Date(`${signed < 0 ? '-' : '+'}${padded}-${month}-${day}T${time}Z`)
}

const scalars: readonly { type: number; array: number; parse: Parser }[] = [
  { type: 16, array: 1000, parse: (text) => text === 't' }, // bool
  { type: 17, array: 1001, parse: (text) => Uint8Array.from(Buffer.from(text.slice(2), 'hex')) },
  { type: 19, array: 1003, parse: asText }, // name
  { type: 20, array: 1016, parse: (text) => BigInt(text) }, // int8
  { type: 21, array: 1005, parse: Number }, // int2
  { type: 23, array: 1007, parse: Number }, // int4
  { type: 25, array: 1009, parse: asText }, // text
  { type: 26, array: 1028, parse: Number }, // oid
  { type: 114, array: 199, parse: (text) => JSON.parse(text) }, // json
  { type: 700, array: 1021, parse: Number }, // float4
  { type: 701, array: 1022, parse: Number }, // float8
  { type: 1042, array: 1014, parse: asText }, // bpchar
  { type: 1043, array: 1015, parse: asText }, // varchar
  { type: 1082, array: 1182, parse: asText }, // date
  { type: 1114, array: 1115, parse: asText }, // timestamp
  { type: 1184, array: 1185, parse: asInstant }, // timestamptz
  { type: 1186, array: 1187, parse: asText }, // interval
  { type: 1700, array: 1231, parse: asText }, // numeric
  { type: 2950, array: 2951, parse: asText }, // uuid
  { type: 3802, array: 3807, parse: (text) => JSON.parse(text) }, // jsonb
]

/** Reads an array literal, including nested ones: `{a,"b c",NULL,{…}}`. */
export const parseArray = (literal: string, parseItem: Parser): unknown[] => {
  // A literal may begin with its bounds, as in `[0:2]={1,2,3}`.
  let at = literal.indexOf('{') + 1

  const quoted = (): string => {
    let text = ''
    for (at += 1; at < literal.length && literal[at] !== '"'; at += 1) {
      if (literal[at] === '\\') at += 1
      text += literal[at]
    }
    at += 1
    return text
  }

  const bare = (): unknown => {
    const start = at
    while (at < literal.length && literal[at] !== ',' && literal[at] !== '}') at += 1
    const text = literal.slice(start, at)
    return text === 'NULL' ? null : parseItem(text)
  }

  const list = (): unknown[] => {
    const items: unknown[] = []
    while (at < literal.length && literal[at] !== '}') {
      if (literal[at] === '"') items.push(parseItem(quoted()))
      else if (literal[at] === '{') {
        at += 1
        items.push(list())
      } else items.push(bare())
      if (literal[at] === ',') at += 1
    }
    at += 1
    return items
  }

  return list()
}

const parsers: ReadonlyMap<number, Parser> = new Map(
  scalars.flatMap(({ type, array, parse }): [number, Parser][] => [
    [type, parse],
    [array, (text) => parseArray(text, parse)],
  ]),
)
