import { z } from 'zod'

/** A JSON Schema (2020-12). */
export type JsonSchema = Record<string, unknown>

/** Marks a `Date` object, which no JSON can have. */
const DATE_OBJECT = 'x-date-object'

type Direction = 'input' | 'output'

const optionsFor = (io: Direction) => ({
  io,
  unrepresentable: 'any' as const,
  override: ({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: object }) => {
    if (zodSchema._zod.def.type === 'date') Object.assign(jsonSchema, { [DATE_OBJECT]: true })
  },
})

/** The JSON Schema of a schema, with marked `Date` objects. `tidyUnion` removes the marks. */
export const markedJsonSchema = (schema: z.ZodType, io: Direction): JsonSchema =>
  z.toJSONSchema(schema, optionsFor(io)) as JsonSchema

/** The same for all schemas with a name. They refer to each other by `uri`. */
export const markedJsonSchemas = (
  names: z.core.$ZodRegistry<{ id: string }>,
  io: Direction,
  uri: (id: string) => string,
): Readonly<Record<string, JsonSchema>> =>
  z.toJSONSchema(names, { ...optionsFor(io), uri }).schemas as Record<string, JsonSchema>

/**
 * Removes the `Date` that only the library accepts from a union. Any other alternative stays, even
 * an empty one: it accepts everything.
 */
export const tidyUnion = ({ [DATE_OBJECT]: _, ...schema }: JsonSchema): JsonSchema => {
  const { anyOf, ...others } = schema
  if (!Array.isArray(anyOf)) return schema
  const options = (anyOf as readonly JsonSchema[]).filter((option) => !option[DATE_OBJECT])
  return options.length === 1 ? { ...options[0], ...others } : { ...others, anyOf: options }
}
