import { z } from 'zod'
import { invalid } from '../contract/errors.ts'

/** How a text of a query or path is converted, by the type in its field's schema. */
type TextKind = 'text' | 'integer' | 'number' | 'boolean' | 'list'

/** The kinds of an object's fields, computed once per operation. */
export type TextKinds = Readonly<Record<string, TextKind>>

export const textKindsOf = (fields: z.ZodType): TextKinds => {
  const { properties = {} } = z.toJSONSchema(fields, { io: 'input', unrepresentable: 'any' })
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, kindOf(schema as { type?: string })]),
  )
}

const kindOf = ({ type }: { type?: string }): TextKind => {
  if (type === 'integer' || type === 'number' || type === 'boolean') return type
  return type === 'array' ? 'list' : 'text'
}

/**
 * Parses the query. A list may repeat its parameter or use commas. Any other repeated parameter is
 * refused, because only one value could count.
 */
export const queryOf = (request: Request, kinds: TextKinds = {}): Record<string, string> => {
  const start = request.url.indexOf('?')
  if (start < 0) return {}
  const query = new Map<string, string>()
  for (const [field, text] of new URLSearchParams(request.url.slice(start + 1))) {
    const before = query.get(field)
    const isList = Object.hasOwn(kinds, field) && kinds[field] === 'list'
    if (before !== undefined && !isList) {
      throw invalid({ field, message: 'is given more than once' })
    }
    query.set(field, before === undefined ? text : `${before},${text}`)
  }
  return Object.fromEntries(query)
}

/**
 * Converts texts to their types. A text that cannot be converted stays text, and the schema refuses
 * it.
 */
export const fromTexts = (
  texts: Readonly<Record<string, string>>,
  kinds: TextKinds,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [
      name,
      fromText(text, Object.hasOwn(kinds, name) ? kinds[name] : 'text'),
    ]),
  )

const fromText = (text: string, kind: TextKind | undefined): unknown => {
  switch (kind) {
    case 'integer':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : text
    case 'number':
      return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : text
    case 'boolean':
      return text === 'true' || text === 'false' ? text === 'true' : text
    case 'list':
      return text.split(',').map((word) => word.trim())
    default:
      return text
  }
}
