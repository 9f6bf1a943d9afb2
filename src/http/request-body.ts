import type { z } from 'zod'
import { parse } from '../contract/parse.ts'
import { readJsonObject } from './read-body.ts'

/** A body in one format, for the document. */
export interface BodyFormat {
  readonly schema: z.ZodType
  readonly example: unknown
}

/** What an operation takes as its body: its formats, and how it is read. */
export interface RequestBody<Value> {
  readonly formats: Readonly<Record<string, BodyFormat>>
  readonly read: (request: Request) => Promise<Value>
}

/**
 * A JSON object, typed as its schema says and not checked against it here: the engine's verb does
 * that, once. Prototype keys stand in it as own properties, and so reach the schema.
 */
export const uncheckedBody = <Schema extends z.ZodType>(
  schema: Schema,
  example: z.input<Schema>,
): RequestBody<z.input<Schema>> => ({
  formats: { 'application/json': { schema, example } },
  read: async (request) => (await readJsonObject(request)) as z.input<Schema>,
})

/**
 * A JSON object that is checked here. Where the engine checks a part of it in full, `documented`
 * describes that part, and `schema` lets it through.
 */
export const checkedBody = <Schema extends z.ZodType>(
  schema: Schema,
  example: unknown,
  documented: z.ZodType = schema,
): RequestBody<z.output<Schema>> => ({
  formats: { 'application/json': { schema: documented, example } },
  read: async (request) => parse(schema, await readJsonObject(request)),
})
