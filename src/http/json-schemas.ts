import { z } from 'zod'
import { ANSWERED_SCHEMAS, SENT_SCHEMAS } from './schema-names.ts'

/** A JSON Schema (2020-12) as it stands in the document. */
export type JsonSchema = Record<string, unknown>

type Direction = 'input' | 'output'

/** The named schemas of the document, each referring to the others by name. */
export const namedJsonSchemas = (): Record<string, JsonSchema> => ({
  ...registered(SENT_SCHEMAS, 'input'),
  ...registered(ANSWERED_SCHEMAS, 'output'),
})

/** A reference where the schema has a name of its own, or else the schema itself. */
export const jsonSchemaOf = (schema: z.ZodType, direction: Direction): JsonSchema => {
  const names = direction === 'input' ? SENT_SCHEMAS : ANSWERED_SCHEMAS
  const name = Object.entries(names).find(([, named]) => named === schema)?.[0]
  if (name !== undefined) return reference(name)
  if (schema instanceof z.ZodUnion) {
    return { anyOf: schema.options.map((option) => jsonSchemaOf(option as z.ZodType, direction)) }
  }
  return plain(z.toJSONSchema(schema, { io: direction, unrepresentable: 'any' }))
}

const reference = (name: string): JsonSchema => ({ $ref: uriOf(name) })
const uriOf = (name: string): string => `#/components/schemas/${name}`

const registered = (
  schemas: Readonly<Record<string, z.ZodType>>,
  io: Direction,
): Record<string, JsonSchema> => {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id })
  const generated = z.toJSONSchema(registry, { io, unrepresentable: 'any', uri: uriOf })
  return Object.fromEntries(
    Object.entries(generated.schemas).map(([name, schema]) => [name, plain(schema)]),
  )
}

/**
 * Leaves out what only repeats or gets in the way: ids of their own, the very long patterns of
 * dates, patterns of numbers, and the `Date` that the library takes beside text.
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
