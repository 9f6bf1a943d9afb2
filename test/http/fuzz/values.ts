import fc from 'fast-check'
import type { OpenApiDocument } from '../../../src/http/openapi.ts'

type Schema = Readonly<Record<string, unknown>>

/** Existing values by field name, so that calls pass validation. */
export type KnownValues = Readonly<Record<string, readonly string[]>>

interface Source {
  readonly document: OpenApiDocument
  readonly known: KnownValues
}

/** The maximum schema depth; deeper values are plain texts. */
const MOST_DEPTH = 6

/**
 * Values that match a schema, and about one in eight at every place that does not: another type, an
 * extreme, or text with a meaning elsewhere.
 */
export const valuesOf = (
  schema: Schema,
  source: Source,
  name = '',
  depth = 0,
): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 7, arbitrary: describedValues(schema, source, name, depth) },
    { weight: 1, arbitrary: oddValues },
  )

const describedValues = (
  schema: Schema,
  source: Source,
  name: string,
  depth: number,
): fc.Arbitrary<unknown> => {
  const known = source.known[name]
  if (known && known.length > 0) return fc.constantFrom(...known)
  if (depth > MOST_DEPTH) return fc.constant('deep')
  if (typeof schema.$ref === 'string') return ofReference(schema.$ref, source, name, depth)
  for (const key of ['anyOf', 'oneOf']) {
    const options = schema[key]
    if (Array.isArray(options)) {
      return fc.oneof(...options.map((one) => valuesOf(one as Schema, source, name, depth + 1)))
    }
  }
  if ('const' in schema) return fc.constant(schema.const)
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum)
  switch (schema.type) {
    case 'object':
      return objects(schema, source, depth)
    case 'array':
      return fc.array(valuesOf((schema.items ?? {}) as Schema, source, name, depth + 1), {
        maxLength: 4,
      })
    case 'integer':
    case 'number':
      return numbers(schema)
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    default:
      return texts(schema)
  }
}

const ofReference = (
  reference: string,
  source: Source,
  name: string,
  depth: number,
): fc.Arbitrary<unknown> => {
  const schema = source.document.components.schemas[reference.split('/').at(-1) ?? '']
  if (!schema) throw new Error(`the document refers to ${reference}, which is not there`)
  return describedValues(schema, source, name, depth + 1)
}

const objects = (schema: Schema, source: Source, depth: number): fc.Arbitrary<unknown> => {
  const properties = Object.entries((schema.properties ?? {}) as Readonly<Record<string, Schema>>)
  const required = (schema.required ?? []) as string[]
  if (properties.length === 0) {
    const values = (schema.additionalProperties || {}) as Schema
    return fc.dictionary(names, valuesOf(values, source, '', depth + 1), { maxKeys: 3 })
  }
  const fields = Object.fromEntries(
    properties.map(([key, value]) => [key, valuesOf(value, source, key, depth + 1)]),
  )
  const whole = fc.record(fields, { requiredKeys: required })
  return fc.oneof(
    { weight: 12, arbitrary: whole },
    // An unexpected field, and a missing one.
    { weight: 1, arbitrary: fc.tuple(whole, names).map(([one, key]) => ({ ...one, [key]: 1 })) },
    { weight: 1, arbitrary: fc.record(fields, { requiredKeys: [] }) },
  )
}

const numbers = ({ type, minimum, maximum }: Schema): fc.Arbitrary<unknown> => {
  const min = typeof minimum === 'number' ? Math.max(minimum, -1e6) : -10
  const max = Math.max(min, typeof maximum === 'number' ? Math.min(maximum, 1e6) : 1_000)
  const whole = fc.integer({ min: Math.ceil(min), max: Math.floor(max) })
  return type === 'integer' ? whole : fc.oneof(whole, fc.double({ min, max, noNaN: true }))
}

const texts = ({ format, minLength = 0, maxLength = 40 }: Schema): fc.Arbitrary<unknown> => {
  if (format === 'date-time') return instants
  if (format === 'uuid') return fc.uuid()
  if (format === 'email') return fc.constantFrom('ada@example.com', 'a@b.c', 'ada@')
  const [min, max] = [Math.min(Number(minLength), 100), Math.min(Number(maxLength), 100)]
  return fc.oneof(
    fc.string({ minLength: Math.min(min, max), maxLength: max }),
    names,
    fc.constantFrom('1.50', '0', 'UTC', 'Europe/Berlin', 'USD', 'usd', '2026-03', '2026-03-01'),
  )
}

const instants = fc.constantFrom(
  ...['2026-03-10T11:00:00Z', '2026-03-01T00:00:00Z', '2026-12-31T23:59:60Z'],
  ...['2026-02-29T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '2026-03-10'],
)

const names = fc.constantFrom(
  ...['acme', 'chat_message', 'tokens', 'credits', 'pro', '__proto__', 'constructor', 'toString'],
)

/** Undocumented values with a meaning in lower layers. */
const oddValues: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, true, 0, -1, -0, 0.1, 1e308, 2 ** 53, -(2 ** 63), 1e-7, [], {}, [[]], [null]],
    ...['', ' ', '\0', '\ud800', '%00', '../../etc/passwd', "'; drop table events; --", '{{x}}'],
    ...['NaN', 'Infinity', '1e400', '-1', '9223372036854775808', '\u202e', 'x'.repeat(5_000)],
    ...[
      '{"a":1}',
      '2026-13-45T99:99:99Z',
      '+275760-09-13T00:00:00Z',
      'null',
      '%',
      '%zz',
      '\r\nX: y',
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.jsonValue({ maxDepth: 4 }),
)
