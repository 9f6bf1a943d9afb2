import { z } from 'zod'
import {
  type JsonSchema,
  markedJsonSchema,
  markedJsonSchemas,
  tidyUnion,
} from '../contract/json-schema.ts'
import { ANSWERED_NAMES, SENT_NAMES } from '../contract/schema-names.ts'

export type { JsonSchema } from '../contract/json-schema.ts'

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
    const options = schema.options.filter((option) => !(option instanceof z.ZodDate))
    return { anyOf: options.map((option) => jsonSchemaOf(option as z.ZodType, direction)) }
  }
  return plain(markedJsonSchema(schema, direction))
}

const uriOf = (name: string): string => `#/components/schemas/${name}`

const registered = (
  names: z.core.$ZodRegistry<{ id: string }>,
  io: Direction,
): Record<string, JsonSchema> => {
  const sorted = Object.entries(markedJsonSchemas(names, io, uriOf)).sort(([one], [other]) =>
    one < other ? -1 : 1,
  )
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
  const schema = tidyUnion(rest)
  if (schema.format === 'date-time' || schema.type === 'integer') delete schema.pattern
  return Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, cleaned(part)]))
}
