import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { validateCatalog } from '../../src/contract/catalog.ts'
import { ALL_EVENT_KINDS } from '../../src/contract/domain-event-kinds.ts'
import { isRight } from '../../src/core/rights.ts'
import { documentedRoutes } from '../../src/http/documented-routes.ts'
import { doorRoutes } from '../../src/http/door-routes.ts'
import { jsonSchemaOf } from '../../src/http/json-schemas.ts'
import { openApiDocument } from '../../src/http/openapi.ts'
import { exampleCatalog } from '../../src/operations/example-catalog.ts'
import { operations as declared } from '../../src/operations/index.ts'
import type { Operation } from '../../src/operations/operation.ts'
import { openDoor } from './door.ts'

// biome-ignore lint/suspicious/noExplicitAny: a document of every shape is looked into here
type Json = any

const document: Json = JSON.parse(JSON.stringify(openApiDocument()))
const operations: { path: string; method: string; operation: Json }[] = Object.entries(
  document.paths as Record<string, Record<string, Json>>,
).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

/** Every object in a value, with its path. */
function* objectsIn(value: Json, place = '#'): Generator<[string, Json]> {
  if (typeof value !== 'object' || value === null) return
  yield [place, value]
  for (const [key, part] of Object.entries(value)) yield* objectsIn(part, `${place}/${key}`)
}

describe('the OpenAPI document', () => {
  const door = openDoor()

  it('is public, and generated without an engine', async () => {
    const { status, headers, body } = await door().send('GET', '/openapi.json', { key: null })
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/json')
    expect(body).toEqual(document)
  })

  it('has every operation once under its name, and again for each alias', () => {
    const all: readonly Operation[] = [...declared, ...doorRoutes.map(({ operation }) => operation)]
    const files = all.filter(({ http }) => http.form === 'lines')
    const expected = all
      .filter((operation) => !files.includes(operation))
      .flatMap(({ name, path, http }) => [
        [name, path],
        ...(http.alias ? [[`${name}InCatalog`, http.alias]] : []),
      ])
    const found = operations.map(({ operation, path }) => [operation.operationId, path])
    expect(found.sort()).toEqual(expected.sort())
    const names = found.map(([name]) => name)
    expect(new Set(names).size).toBe(names.length)
    // A list's file is part of the list.
    for (const { name, path, method } of files) {
      const [list, another] = all.filter(({ http }) => http.file === name)
      expect([list?.path, list?.method, another]).toEqual([path, method, undefined])
    }
  })

  it('says of each price in an answer that it is text, and null only where it may be', () => {
    const { schemas } = document.components
    const plan = schemas.Plan.properties
    expect(plan.monthlyPriceUsd).toEqual({ type: ['string', 'null'] })
    const [flat, tiered] = plan.overageRates.additionalProperties.anyOf
    expect(flat).toEqual({ type: 'string' })
    expect(tiered.oneOf.length).toBe(3)
    expect(schemas.ModelPrice.properties.inputUsdPerMillion).toEqual({ type: 'string' })
  })

  it('leaves out no alternative but the `Date` of the library', () => {
    expect(jsonSchemaOf(z.union([z.string(), z.date()]), 'input')).toEqual({
      anyOf: [{ type: 'string' }],
    })
    const instant = z.strictObject({ at: z.union([z.string(), z.date()]) })
    expect(jsonSchemaOf(instant, 'input')).toMatchObject({ properties: { at: { type: 'string' } } })
    const anything = z.strictObject({ value: z.union([z.unknown(), z.null()]) })
    expect(jsonSchemaOf(anything, 'output')).toMatchObject({
      properties: { value: { anyOf: [{}, { type: 'null' }] } },
    })
    expect(JSON.stringify(document)).not.toContain('x-date-object')
  })

  it('has unique titles that begin with a verb', () => {
    const titles = operations.map(({ operation }) => operation.summary as string)
    expect(
      titles.filter((title) => /^(The|A|An|What|Which|Who|How|Where|Is|All)\b|\?$/.test(title)),
    ).toEqual([])
    expect(titles.filter((title, at) => titles.indexOf(title) !== at)).toEqual([])
  })

  it('is structurally valid OpenAPI 3.1', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/)
    expect(document.info).toMatchObject({ title: 'Tollgate', version: expect.any(String) })
    expect(Object.keys(document).sort()).toEqual(
      ['components', 'info', 'openapi', 'paths', 'servers', 'tags', 'webhooks'].filter(
        (key) => key in document,
      ),
    )
    const tags = new Set(document.tags.map(({ name }: Json) => name))
    for (const { name, description } of document.tags) expect(description).not.toBe(name)
    for (const { path, operation } of operations) {
      expect(path).toMatch(/^\//)
      expect(operation.tags.every((tag: string) => tags.has(tag))).toBe(true)
      expect(operation.summary).toBeTruthy()
      expect(Object.keys(operation.responses).length).toBeGreaterThan(0)
      for (const [status, answer] of Object.entries<Json>(operation.responses)) {
        expect(status).toMatch(/^[2345]\d\d$/)
        expect(typeof answer.description).toBe('string')
      }
    }
  })

  it('has every kind of webhook event with its data', () => {
    expect(Object.keys(document.webhooks)).toEqual([...ALL_EVENT_KINDS])
    for (const [kind, { post }] of Object.entries<Json>(document.webhooks)) {
      const { schema } = post.requestBody.content['application/json']
      expect(schema.properties.type.const, kind).toBe(kind)
      expect(schema.required).toEqual(expect.arrayContaining(['id', 'sequence', 'data']))
      expect(schema.properties.data.type).toBe('object')
    }
  })

  it('declares exactly the parameters in each path', () => {
    for (const { path, operation } of operations) {
      const inPath = (operation.parameters ?? []).filter((one: Json) => one.in === 'path')
      expect(inPath.every((one: Json) => one.required && one.schema)).toBe(true)
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect(inPath.map((one: Json) => one.name)).toEqual(names)
      const all = (operation.parameters ?? []).map((one: Json) => `${one.in} ${one.name}`)
      expect(new Set(all).size).toBe(all.length)
    }
  })

  it('refers only to its own parts', () => {
    for (const [place, { $ref }] of objectsIn(document)) {
      if ($ref === undefined) continue
      const target = $ref
        .replace(/^#\//, '')
        .split('/')
        .reduce((part: Json, key: string) => part?.[key], document)
      expect(target, `${place} refers to ${$ref}`).toBeDefined()
    }
  })

  it('describes every field, within JSON Schema 2020-12', () => {
    const types = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']
    for (const [place, schema] of objectsIn(document.components.schemas)) {
      expect(schema, place).not.toHaveProperty('nullable')
      expect(schema, place).not.toHaveProperty('$schema')
      if (typeof schema.exclusiveMinimum === 'boolean') throw new Error(`${place}: not of 2020-12`)
      if (!('type' in schema) || typeof schema.type === 'object') continue
      if (place.endsWith('/properties')) continue
      expect(types, place).toContain(schema.type)
    }
    const { properties } = document.components.schemas.UsageEvent
    for (const [name, field] of Object.entries(properties)) {
      expect(Object.keys(field as object), name).not.toEqual([])
    }
    expect(properties.timestamp).toMatchObject({ type: 'string', format: 'date-time' })
  })

  it('secures every operation except health, the reference, sign-in, Stripe, unsubscribing and the demo', () => {
    const open = operations.filter(({ operation }) => operation.security.length === 0)
    expect(open.map(({ path }) => path).sort()).toEqual([
      '/',
      '/api/demo/track-usage',
      '/api/session',
      '/api/session/code',
      '/api/webhooks/stripe',
      '/console',
      '/docs',
      '/docs/start',
      '/healthz',
      '/openapi.json',
      '/readyz',
      '/unsubscribe/{token}',
      '/unsubscribe/{token}',
    ])
    expect(Object.keys(document.components.securitySchemes)).toEqual(['bearer', 'cronSecret'])
  })

  it('has examples that its own schemas accept', () => {
    for (const { operationId, formats } of documentedRoutes()) {
      for (const [mediaType, { schema, example }] of Object.entries(formats ?? {})) {
        const { error } = schema.safeParse(example)
        expect(error?.message, `${operationId} ${mediaType}`).toBeUndefined()
      }
    }
    expect(validateCatalog(exampleCatalog)).toMatchObject({ ok: true })
  })

  it("lists each operation's refusals", () => {
    const track = document.paths['/api/usage/track'].post.responses
    expect(Object.keys(track)).toEqual(
      expect.arrayContaining(['200', '400', '401', '403', '413', '415', '422', '503']),
    )
    for (const [status, answer] of Object.entries<Json>(track)) {
      if (status === '200') continue
      const { schema } = answer.content['application/problem+json']
      expect(schema).toEqual({ $ref: '#/components/schemas/Problem' })
    }
  })
})

describe('the documented refusals', () => {
  const door = openDoor()
  const statusesOf = (path: string, method: string) =>
    Object.keys(document.paths[path][method].responses)

  it('include 422 for a single event with an unusable name', async () => {
    const body = { organizationId: 'nobody', eventType: 'api_call' }
    const { status } = await door().send('POST', '/api/usage/events', { body })
    expect(statusesOf('/api/usage/events', 'post')).toContain(String(status))
    expect(status).toBe(422)
  })

  it.each(operations.filter(({ operation }) => operation['x-access'] === 'admin'))(
    'include 400 for an unknown parameter: $operation.operationId',
    async (one) => {
      const place = `${one.path.replace('{sequence}', '1').replaceAll(/\{\w+\}/g, 'x')}?no-such-parameter=1`
      const { status } = await door().send(one.method.toUpperCase(), place)
      expect(status).toBe(400)
      expect(statusesOf(one.path, one.method)).toContain('400')
    },
  )
})

describe('the examples of the reference', () => {
  // As in the sign-in example.
  const adminKey = 'the-admin-key'
  const door = openDoor({ adminKey, mcp: { hosts: ['tollgate.test'] } })

  it.each(
    documentedRoutes().flatMap((route) => {
      const format = route.formats?.['application/json']
      // Stripe's examples need an account; test/http/stripe.test.ts has one.
      const { right } = route.operation
      const needsMore =
        right === 'demo' ||
        route.operationId.startsWith('stripe.') ||
        // A server creates a code at its start; test/http/authentication has some.
        route.operationId === 'sessions.exchange'
      const plain = !needsMore && !route.path.includes('{')
      return format && plain ? [{ route, example: format.example as object }] : []
    }),
  )('$route.operationId succeeds as written', async ({ route, example }) => {
    const { method, right } = route.operation
    const { id, key } = await door().organization(planFor(JSON.stringify(example)))
    const { status, body } = await door().send(method.toUpperCase(), route.path, {
      key: isRight(right) ? key : adminKey,
      body: example,
    })
    expect([status, body.errors]).toEqual([Number(Object.keys(route.answers)[0]), undefined])
    // For an assistant, a message of its protocol.
    const fields = typeof body === 'string' ? {} : body
    if ('allowed' in fields) expect(body.allowed).toBe(true)
    if ('rejected' in fields) expect(body.rejected).toEqual([])
    expect(id).toBeTruthy()
  })

  it('an answer has the documented fields', async () => {
    const { key } = await door().organization()
    const body = { eventType: 'structuring_diagnose' }
    const { body: decision } = await door().send('POST', '/api/usage/track', { key, body })
    const described = document.components.schemas.Decision
    for (const field of described.required) expect(decision).toHaveProperty(field)
    for (const field of Object.keys(decision)) expect(described.properties).toHaveProperty(field)
  })
})

/** The plan of the catalog with an example's event types. */
const planFor = (example: string): string =>
  /chat_message|api_call/.test(example) ? 'rag-chatbot/pro' : 'ai-workspace/professional'
