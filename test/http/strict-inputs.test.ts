import { beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { operations as declared } from '../../src/operations/index.ts'
import type { Operation } from '../../src/operations/operation.ts'
import { openDoor } from './door.ts'

const OWN = 'acme'
const OTHER = 'other'

/** Names of no field: a typing error, and names that every JavaScript object inherits. */
const NO_FIELDS = ['nonsense', '__proto__', 'constructor', 'toString', 'hasOwnProperty']

const all: readonly Operation[] = declared
/** Stripe sends a text that it signed, to an address that the platform configured. */
const operations = all.filter(({ name }) => name !== 'stripe.receive')

const atPaths = operations
  // A list as a file has the list's path, and `format`.
  .filter(({ http }) => http.form !== 'lines')
  .flatMap((operation) =>
    [operation.path, operation.http.alias, operation.http.file].flatMap((kind) => {
      if (kind === undefined) return []
      const isFile = kind === operation.http.file
      const path = pathOf(operation, isFile ? operation.path : kind)
      return [{ operation, path: isFile ? and(path, 'format=jsonl') : path }]
    }),
  )
  .map(({ operation, path }) => ({
    title: `${operation.method.toUpperCase()} ${path}`,
    operation,
    method: operation.method.toUpperCase(),
    path,
  }))
const withBody = atPaths.filter(({ operation }) => operation.body)

describe('an unknown field', () => {
  const door = openDoor()
  let strangersKey = ''

  beforeAll(async () => {
    const { tollgate } = door()
    for (const id of [OWN, OTHER]) {
      await tollgate.organizations.create({ id, name: id, plan: 'rag-chatbot/pro' })
    }
    const made = await tollgate.apiKeys.create({ organizationId: OTHER, name: 'of another' })
    strangersKey = made.key
  })

  it.each(atPaths)('is refused by its name in the query of $title', async (one) => {
    const { operation, method, path } = one
    const body = operation.body ? bodyWith(operation) : undefined
    for (const field of NO_FIELDS) {
      const answer = await door().send(method, and(path, `${field}=1`), { body })
      expect(refusalOf(answer)).toEqual({ status: 400, code: 'invalid_request', fields: [field] })
    }
  })

  it.each(withBody)('is refused by its name in the body of $title', async (one) => {
    const { operation, method, path } = one
    for (const field of NO_FIELDS) {
      for (const value of ['1', '{"admin":true}', 'null']) {
        const body = bodyWith(operation, field, value)
        const answer = await door().send(method, path, { body })
        expect(refusalOf(answer)).toEqual({ status: 400, code: 'invalid_request', fields: [field] })
      }
    }
    expect(Object.getPrototypeOf({})).not.toHaveProperty('admin')
  })

  it.each(withBody.filter(({ operation }) => fieldsElsewhere(operation).length > 0))(
    'is also a field of the path or query in the body of $title',
    async ({ operation, method, path }) => {
      for (const field of fieldsElsewhere(operation)) {
        for (const value of [OWN, OTHER]) {
          const body = bodyWith(operation, field, JSON.stringify(value))
          const answer = await door().send(method, path, { body })
          expect(refusalOf(answer)).toEqual({
            status: 400,
            code: 'invalid_request',
            fields: [field],
          })
        }
      }
    },
  )

  it.each(atPaths)('is not reported to a caller who may not call $title', async (one) => {
    const { operation, method, path } = one
    const body = operation.body ? bodyWith(operation, 'nonsense') : undefined
    // A call's organization is read first if it is in the body; the query is read before.
    const isInBody = operation.about === 'body' || operation.about === 'each event'
    const faulty = isInBody ? path : and(path, 'nonsense=1')
    const nobody = await door().send(method, faulty, { key: null, body })
    expect([nobody.status, nobody.body.errors]).toEqual([401, undefined])
    const stranger = await door().send(method, faulty, { key: strangersKey, body })
    expect([403, 404]).toContain(stranger.status)
    expect(JSON.stringify(stranger.body)).not.toContain('nonsense')
  })

  it.each(NO_FIELDS)(
    'is refused by its name in an event of a batch, and next to it: %s',
    async (field) => {
      const event = `"organizationId":"${OWN}","eventType":"api_call"`
      const path = '/api/usage/events'
      const rejecting = `{"events":[{${event}},{${event},"${field}":1}]}`
      const { status, body } = await door().send('POST', path, { body: rejecting })
      expect([status, body.accepted]).toEqual([200, 1])
      expect(body.rejected).toMatchObject([{ index: 1, field }])
      const beside = `{"events":[{${event}}],"${field}":1}`
      expect(refusalOf(await door().send('POST', path, { body: beside }))).toEqual({
        status: 400,
        code: 'invalid_request',
        fields: [field],
      })
    },
  )

  it("is ignored at Stripe's address, whose body is signed", async () => {
    const path = '/api/webhooks/stripe'
    const send = (place: string) => door().send('POST', place, { key: null, body: '{}' })
    const { status, body } = await send(path)
    for (const field of NO_FIELDS) {
      const answer = await send(and(path, `${field}=1`))
      expect([answer.status, answer.body.errors]).toEqual([status, body.errors])
    }
  })
})

/** A path with all its required parts. */
function pathOf({ about, query }: Operation, template: string): string {
  const path = template
    .replace('{organizationId}', OWN)
    .replace('{catalog}', 'rag-chatbot')
    .replace('{key}', template.includes('/plans/') ? 'pro' : 'chat_message')
    .replace(/\{(?:sequence|line)\}/, '1')
    .replaceAll(/\{\w+\}/g, '00000000-0000-7000-8000-000000000000')
  return Object.entries((query?.shape ?? {}) as Record<string, z.ZodType>)
    .filter(([field, schema]) => {
      const saysWhom = field === 'organizationId' && about === 'query'
      return saysWhom || !schema.safeParse(undefined).success
    })
    .map(([field]) => `${field}=${field === 'organizationId' ? OWN : 'rag-chatbot'}`)
    .reduce(and, path)
}

function and(path: string, parameter: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}${parameter}`
}

/** An operation's example about our organization, with one more field. */
function bodyWith(operation: Operation, field?: string, value = '1'): string {
  const example = operation.name === 'record' ? { eventType: 'chat_message' } : operation.example
  const isAbout = operation.about === 'body' || operation.about === 'each event'
  const fields = { ...(example ?? {}), ...(isAbout ? { organizationId: OWN } : {}) }
  const texts = Object.entries(fields).map(
    ([key, part]) => `${JSON.stringify(key)}:${JSON.stringify(part)}`,
  )
  return `{${[...texts, ...(field === undefined ? [] : [`"${field}":${value}`])].join()}}`
}

/** The path's and query's fields that are not in the body. */
function fieldsElsewhere({ params, query, body }: Operation): string[] {
  const inBody = (body as z.ZodObject).shape
  return Object.keys({ ...query?.shape, ...params }).filter((field) => !(field in inBody))
}

// biome-ignore lint/suspicious/noExplicitAny: a problem of any shape
function refusalOf({ status, body }: { status: number; body: any }) {
  return {
    status,
    code: body.code,
    fields: body.errors?.map(({ field }: { field: string }) => field),
  }
}
