import { z } from 'zod'
import { ANSWERED_NAMES, SENT_NAMES } from '../contract/schema-names.ts'

/** A JSON Schema (2020-12) in the document. */
export type JsonSchema = Record<string, unknown>

type Direction = 'input' | 'output'

/** The named schemas of the document. They refer to each other by name. */
export const namedJsonSchemas = (): Record<string, JsonSchema> => ({
  ...registered(SENT_NAMES, 'input'),
  ...registered(ANSWERED_NAMES, 'output'),
})

/** Returns a reference if the schema has a name, otherwise the schema itself. */
export const jsonSchemaOf = (schema: z.ZodType, direction: Direction): JsonSchema => {
  const named = (direction === 'input' ? SENT_NAMES : ANSWERED_NAMES).get(schema)
  if (named) return { $ref: uriOf(named.id) }
  if (schema instanceof z.ZodUnion) {
    return { anyOf: schema.options.map((option) => jsonSchemaOf(option as z.ZodType, direction)) }
  }
  return plain(z.toJSONSchema(schema, { io: direction, unrepresentable: 'any' }))
}

const uriOf = (name: string): string => `#/components/schemas/${name}`

const registered = (
  names: z.core.$ZodRegistry<{ id: string }>,
  io: Direction,
): Record<string, JsonSchema> => {
  const { schemas } = z.toJSONSchema(names, { io, unrepresentable: 'any', uri: uriOf })
  const sorted = Object.entries(schemas).sort(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(sorted.map(([name, schema]) => [name, plain(schema)]))
}

/**
 * Removes what repeats or distracts: ids, the very long patterns of dates, patterns of numbers, and
 * the `Date` that only the library accepts.
 */
const plain = (schema: unknown): JsonSchema => cleaned(schema) as JsonSchema

const cleaned = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(cleaned)
  if (typeof value !== 'object' || value === null) return value
  const { $schema: _, $id: _id, ...rest } = value as JsonSchema
  if (rest.format === 'date-time' || rest.type === 'integer') delete rest.pattern
  const schema = Object.fromEntries(Object.entries(rest).map(([key, part]) => [key, cleaned(part)]))
  if (!Array.isArray(schema.anyOf)) return schema
  const options = schema.anyOf.filter((option) => Object.keys(option).length > 0)
  const { anyOf: _any, ...others } = schema
  return options.length === 1 ? { ...options[0], ...others } : { ...others, anyOf: options }
}
