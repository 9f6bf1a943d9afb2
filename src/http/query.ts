import { z } from 'zod'
import { invalid } from '../contract/errors.ts'

/** What a text of a query or a path stands for, by the type in the schema of its field. */
type TextKind = 'text' | 'integer' | 'number' | 'boolean' | 'list'

/** The kinds of the fields of an object, worked out once for each operation. */
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
 * The query as an object. A list may be given by its parameter several times, or with commas; any
 * other parameter given twice is refused, since only one could count.
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

/** Texts as what they stand for. What stands for nothing stays text, and its schema refuses it. */
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
