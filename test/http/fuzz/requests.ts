import fc from 'fast-check'
import type { OpenApiDocument, OpenApiOperation } from '../../../src/http/openapi.ts'
import { type KnownValues, valuesOf } from './values.ts'

/** One request to one documented operation. */
export interface FuzzRequest {
  readonly operationId: string
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly schema: Readonly<Record<string, unknown>>
}

interface DocumentedOperation {
  readonly path: string
  readonly method: string
  readonly operation: OpenApiOperation
}

export const operationsOf = (document: OpenApiDocument): readonly DocumentedOperation[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )

/** Requests to one operation, mostly about existing objects. */
export const requestsTo = (
  { path, method, operation }: DocumentedOperation,
  source: {
    readonly document: OpenApiDocument
    readonly known: KnownValues
    readonly credentials: readonly string[]
  },
): fc.Arbitrary<FuzzRequest> => {
  const parameters = (operation.parameters ?? []) as readonly Parameter[]
  const given = fc.record(
    Object.fromEntries(
      parameters.map(({ name, schema }) => [name, valuesOf(schema, source, name)]),
    ),
    { requiredKeys: parameters.filter(({ required }) => required).map(({ name }) => name) },
  )
  return fc
    .record({
      given,
      credential: fc.constantFrom(...source.credentials),
      surplus: fc.oneof({ weight: 15, arbitrary: fc.constant('') }, fc.constantFrom('a=1', '&&=')),
      content: contents(operation, source),
    })
    .map(({ given, credential, surplus, content }) => {
      const texts = Object.entries(given).map(([name, value]) => [name, asText(value)] as const)
      const placeOf = (wanted: string) => parameters.find(({ name }) => name === wanted)?.in
      const query = texts
        .filter(([name]) => placeOf(name) === 'query')
        .map(([name, text]) => `${encoded(name)}=${encoded(text)}`)
      if (surplus) query.push(surplus)
      const target = texts
        .filter(([name]) => placeOf(name) === 'path')
        .reduce((made, [name, text]) => made.replace(`{${name}}`, encoded(text) || '%20'), path)
      const headers = Object.fromEntries(
        texts
          .filter(([name]) => placeOf(name) === 'header')
          .map(([n, text]) => [n, sendable(text)]),
      )
      return {
        operationId: operation.operationId,
        method: method.toUpperCase(),
        target: query.length > 0 ? `${target}?${query.join('&')}` : target,
        headers: {
          ...headers,
          authorization: `Bearer ${credential}`,
          ...(content && { 'content-type': content.type }),
        },
        body: content?.text,
      }
    })
}

interface Content {
  readonly type: string
  readonly text: string
}

const contents = (
  operation: OpenApiOperation,
  source: { readonly document: OpenApiDocument; readonly known: KnownValues },
): fc.Arbitrary<Content | undefined> => {
  const { content } = (operation.requestBody ?? {}) as {
    readonly content?: Readonly<Record<string, { readonly schema: Record<string, unknown> }>>
  }
  if (!content) return fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, brokenContents)
  const described = Object.entries(content).map(([type, { schema }]) =>
    valuesOf(schema, source).map((value) => ({ type, text: JSON.stringify(value) ?? '' })),
  )
  return fc.oneof(
    { weight: 12, arbitrary: fc.oneof(...described) },
    { weight: 1, arbitrary: brokenContents },
  )
}

const brokenContents: fc.Arbitrary<Content> = fc.record({
  type: fc.constantFrom('application/json', 'text/plain', 'application/xml', 'x', ''),
  text: fc.constantFrom(
    '',
    '{',
    '[1,',
    '"',
    'null',
    '\ufeff{}',
    '{"a":1,"a":2}',
    '['.repeat(5_000),
  ),
})

const asText = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : Array.isArray(value)
      ? value.map(asText).join(',')
      : (JSON.stringify(value) ?? '')

/** A lone surrogate cannot be percent-encoded; a client sends its replacement. */
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed())

/** The characters that `fetch` accepts in a header. */
const sendable = (text: string): string => text.replaceAll(/[^\x20-\x7e\x80-\xff]/g, '?').trim()
