import type { z } from 'zod'
import { type JsonSchema, markedJsonSchema, tidyUnion } from '../contract/json-schema.ts'
import { isRight } from '../core/rights.ts'
import { operationNamed } from '../operations/index.ts'
import { type Operation, type OperationName, pageFieldOf } from '../operations/operation.ts'
import type { Tool } from './tool.ts'

/** The most items of a list in one call, and the default. */
export const MOST_ITEMS = 100
export const DEFAULT_ITEMS = 25

/** The schemas of a tool, and how to convert its answers. */
export interface ToolSchemas {
  readonly input: JsonSchema & { readonly type: 'object' }
  readonly output: JsonSchema & { readonly type: 'object' }
  /** The names in the answer under which customers chose the keys. */
  readonly open: ReadonlySet<string>
}

export const operationOf = (name: OperationName): Operation => operationNamed[name]

/** The field of the answer that is a page; empty if the answer itself is one. */
export const pageAtOf = ({ operations: [first], puts }: Tool): string | undefined => {
  if (puts) return puts.page
  return pageFieldOf(operationOf(first)) === 'items' ? '' : undefined
}

export const schemasOf = (tool: Tool): ToolSchemas => {
  const open = new Set(tool.pairs)
  const result = resultSchema(tool, open)
  return {
    open,
    input: inputSchema(tool),
    output: {
      type: 'object',
      properties: {
        untrusted: { const: true },
        truncated: { type: 'boolean' },
        nextCursor: { type: ['string', 'null'] },
        replayed: { type: 'boolean' },
        result,
      },
      required: ['untrusted', 'truncated', 'nextCursor', 'result'],
      additionalProperties: false,
    },
  }
}

/** The fields of the first operation. With a key of one organization, its id is optional. */
const inputSchema = (tool: Tool): ToolSchemas['input'] => {
  const [first] = tool.operations
  const { input, right } = operationOf(first)
  const schema = withoutDates(markedJsonSchema(input, 'input')) as JsonSchema
  const { id: _, ...fields } = schema.properties as Record<string, JsonSchema>
  const properties = fieldsOf(tool, tool.writes || tool.puts ? fields : schema.properties)
  const implied = isRight(right) ? ['organizationId'] : []
  const required = ((schema.required as string[] | undefined) ?? []).filter(
    (name) => !implied.includes(name) && Object.hasOwn(properties, name),
  )
  return {
    type: 'object',
    properties,
    required: tool.writes ? [...required, 'idempotencyKey'] : required,
    additionalProperties: false,
  }
}

const CURSOR = {
  type: 'string',
  maxLength: 255,
  description: 'the `nextCursor` of the previous answer',
}
const IDEMPOTENCY_KEY = {
  type: 'string',
  minLength: 1,
  maxLength: 255,
  description: 'invented once per action; repeating it does nothing more',
}
const LIMIT = {
  type: 'integer',
  minimum: 1,
  maximum: MOST_ITEMS,
  description: `the number of items; default ${DEFAULT_ITEMS}`,
}
const ORGANIZATION = "the organization's id; optional with a key of one organization"

const fieldsOf = (tool: Tool, given: unknown): Record<string, unknown> => {
  const fields = { ...(given as Record<string, JsonSchema>) }
  if (fields.organizationId) {
    fields.organizationId = { ...fields.organizationId, description: ORGANIZATION }
  }
  if (pageAtOf(tool) !== undefined) Object.assign(fields, { cursor: CURSOR, limit: LIMIT })
  if (tool.cuts !== undefined) fields.cursor = CURSOR
  if (tool.writes) fields.idempotencyKey = IDEMPOTENCY_KEY
  return fields
}

const resultSchema = (tool: Tool, open: Set<string>): JsonSchema => {
  const [first] = tool.operations
  if (!tool.puts) return answerSchema(operationOf(first), open)
  const properties = Object.fromEntries(
    Object.entries(tool.puts.fields).map(([field, from]) => [
      field,
      from === 'input' ? { type: 'object' } : answerSchema(operationOf(from), open),
    ]),
  )
  const required = Object.keys(properties)
  return { type: 'object', properties, required, additionalProperties: false }
}

const answerSchema = ({ output }: Operation, open: Set<string>): JsonSchema =>
  withPairs(withoutDates(markedJsonSchema(output as z.ZodType, 'output')), '', open) as JsonSchema

/** Removes the `Date` that only the library accepts, and the very long patterns of dates. */
const withoutDates = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutDates)
  if (typeof value !== 'object' || value === null) return value
  const { $schema: _, ...rest } = value as JsonSchema
  const schema = tidyUnion(rest)
  if (schema.format === 'date-time' || schema.format === 'date') delete schema.pattern
  return Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, withoutDates(part)]))
}

const PAIRS = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      name: { type: 'string' },
      value: { type: ['string', 'number', 'boolean', 'null'] },
    },
    required: ['name', 'value'],
    additionalProperties: false,
  },
}

/**
 * The keywords that clients do not need for checking an answer. They are dropped, because each
 * schema is sent with every list.
 */
const WORDS = new Set([
  '$schema',
  'description',
  'pattern',
  'format',
  'default',
  'minimum',
  'maximum',
])

const withPairs = (value: unknown, name: string, open: Set<string>): unknown => {
  if (Array.isArray(value)) return value.map((part) => withPairs(part, name, open))
  if (typeof value !== 'object' || value === null) return value
  if (isOpen(value) || (open.has(name) && isRecord(value))) {
    open.add(name)
    return PAIRS
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]) => {
      if (key === 'properties') return [[key, fieldsWithPairs(part, open)]]
      return WORDS.has(key) ? [] : [[key, withPairs(part, name, open)]]
    }),
  )
}

const fieldsWithPairs = (fields: object, open: Set<string>): object =>
  Object.fromEntries(
    Object.entries(fields).map(([name, part]) => [name, withPairs(part, name, open)]),
  )

const isRecord = (value: object): boolean => {
  const { type, properties } = value as JsonSchema
  return type === 'object' && properties === undefined
}

/** A record of anything. Its keys come from outside. */
const isOpen = (value: object): boolean => {
  const { additionalProperties: rest } = value as JsonSchema
  const isAny = typeof rest === 'object' && rest !== null && Object.keys(rest).length === 0
  return isRecord(value) && isAny
}
