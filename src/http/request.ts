import { z } from 'zod'
import type { CallOptions } from '../contract/call.ts'
import { invalid } from '../contract/errors.ts'
import { quoted } from '../core/fault.ts'
import type { InputSource } from '../engine/entry.ts'
import type { Operation } from '../operations/operation.ts'
import { agreeOnId } from './idempotency-key.ts'
import { readIngest } from './ingest.ts'
import { fromTexts, queryOf, type TextKinds, textKindsOf } from './query.ts'
import { readJsonObject, readText } from './read-body.ts'

/** Reads the input of an operation from requests. Prepared once per operation. */
export interface InputReader {
  /**
   * Creates the source of the input. An organization in the path or query is known at once; the
   * rest is read only after the caller is admitted.
   */
  readonly sourceOf: (request: Request, path: PathTexts, options: CallOptions) => InputSource
}

/** The texts in a path that are fields. */
export type PathTexts = Readonly<Record<string, string>>

export const inputReader = (operation: Operation): InputReader => {
  const { about, params, query } = operation
  const kinds = textKindsOf(z.object({ ...query?.shape, ...params }))
  const read = bodyReaderOf(operation)
  // With a body, the fault message must say that the organization belongs into the query.
  const place = operation.method === 'get' ? undefined : 'in the query: ?organizationId=…'
  return {
    sourceOf: (request, path, options) => {
      if (about === 'path') {
        return {
          named: { organizationId: path.organizationId },
          read: async () => {
            const fields = fieldsOf(operation, kinds, request, path)
            return { ...(await read(request, options)), ...fields }
          },
        }
      }
      if (about !== 'query') {
        return {
          read: async () => {
            const fields = fieldsOf(operation, kinds, request, path)
            const body = await read(request, options)
            return isEmpty(fields) ? body : { ...body, ...fields }
          },
        }
      }
      const named = { ...organizationIn(queryOf(request)), place }
      return {
        named,
        read: async () => {
          const fields = fieldsOf(operation, kinds, request, path)
          return { ...(await read(request, options)), ...fields }
        },
      }
    },
  }
}

const isEmpty = (fields: object): boolean => {
  for (const _ in fields) return false
  return true
}

/**
 * Reads the fields in the path and the query. Unknown parameters are refused, because they may be
 * typing errors.
 */
const fieldsOf = (
  { about, params, query, http, right }: Operation,
  kinds: TextKinds,
  request: Request,
  path: PathTexts,
): Record<string, unknown> => {
  const given = queryOf(request, kinds)
  const hasTenantId = about === 'query' || http.tenantId === true
  if (hasTenantId && given.tenantId !== undefined) {
    given.organizationId = organizationIn(given).organizationId ?? ''
    delete given.tenantId
  }
  if (http.form === 'file') {
    delete given.format
    delete given.bom
  }
  if (right !== 'public') refuseUnknown(given, query)
  const inPath = Object.keys(params).length > 0 ? fromTexts(joined(path), kinds) : {}
  return query ? { ...fromTexts(given, kinds), ...inPath } : inPath
}

const refuseUnknown = (given: object, query: z.ZodObject | undefined): void => {
  const unknown = Object.keys(given).filter((name) => !query || !Object.hasOwn(query.shape, name))
  if (unknown.length === 0) return
  throw invalid(
    ...unknown.map((field) => ({ field, message: `there is no field ${quoted(field)} here` })),
  )
}

/** Joins the two segments of `catalog/key` in an operation's second path. */
const joined = (path: PathTexts): PathTexts => {
  const { catalog, key, ...rest } = path
  return catalog === undefined || key === undefined ? path : { ...rest, key: `${catalog}/${key}` }
}

/** The organization in the query, by either of its names. */
const organizationIn = (
  query: Readonly<Record<string, string>>,
): { readonly organizationId: string | undefined; readonly field: string } => {
  const { organizationId, tenantId } = query
  if (organizationId !== undefined && tenantId !== undefined && organizationId !== tenantId) {
    throw invalid({ field: 'tenantId', message: 'must be the same as organizationId' })
  }
  return organizationId === undefined && tenantId !== undefined
    ? { organizationId: tenantId, field: 'tenantId' }
    : { organizationId, field: 'organizationId' }
}

type BodyReader = (request: Request, options: CallOptions) => Promise<Record<string, unknown>>

const bodyReaderOf = (operation: Operation): BodyReader => {
  const { body, http } = operation
  if (http.form === 'raw') return rawReader(http.headers ?? {})
  if (http.form === 'ingest') {
    return async (request, { idempotencyKey }) =>
      (await readIngest(request, idempotencyKey)) as unknown as Record<string, unknown>
  }
  if (http.headers) return headerReader(http.headers)
  if (!body) return refuseBody(operation)
  const namesBudget = Object.hasOwn((body as z.ZodObject).shape, 'budget')
  return async (request, { idempotencyKey }) => {
    const read = await readJsonObject(request)
    refuseElsewhere(operation, read)
    const sent = namesBudget ? withBudget(read, request) : read
    if (operation.repeat === 'keyed' || http.form === 'decision') {
      agreeOnId(sent.id, idempotencyKey)
    }
    return sent
  }
}

/** The header that names the budget of a call. It must not contradict the body. */
export const BUDGET_HEADER = 'Tollgate-Budget'

const withBudget = (sent: Record<string, unknown>, request: Request): Record<string, unknown> => {
  const named = request.headers.get(BUDGET_HEADER)
  if (named === null || sent.budget === named) return sent
  if (sent.budget === undefined) return { ...sent, budget: named }
  throw invalid({ field: 'budget', message: `must be the same as the header ${BUDGET_HEADER}` })
}

/**
 * Refuses a body for an operation that reads none, so that nobody assumes it had an effect. An
 * empty body and an empty object are accepted, because some clients always send one.
 */
const refuseBody = ({ query }: Operation): BodyReader => {
  const known = query === undefined ? [] : Object.keys(query.shape)
  const where = known.length === 0 ? '' : `; the query takes ${known.join(', ')}`
  return async (request) => {
    if (request.body === null) return {}
    const text = (await readText(request)).trim()
    if (text === '' || text === 'null' || /^\{\s*\}$/.test(text)) return {}
    throw invalid({ field: 'body', message: `must be left out: nothing is read from it${where}` })
  }
}

/** Refuses fields in the body that belong into the path or the query. */
const refuseElsewhere = (
  { body, params, query }: Operation,
  sent: Readonly<Record<string, unknown>>,
): void => {
  const { shape } = body as z.ZodObject
  for (const field of Object.keys(sent)) {
    const isElsewhere =
      Object.hasOwn(params, field) || (query !== undefined && Object.hasOwn(query.shape, field))
    if (!isElsewhere || Object.hasOwn(shape, field)) continue
    throw invalid({ field, message: `there is no field ${quoted(field)} here` })
  }
}

/** The longest field in a header. Tollgate's own are shorter. */
const MAX_HEADER_FIELD = 4_096

const headerReader =
  (headers: Readonly<Record<string, string>>): BodyReader =>
  async (request) =>
    Object.fromEntries(
      Object.entries(headers).flatMap(([field, name]) => {
        const value = request.headers.get(name)
        return value === null ? [] : [[field, value.slice(0, MAX_HEADER_FIELD)]]
      }),
    )

/** Reads the body byte for byte, because a signature covers the bytes, with its headers. */
const rawReader = (headers: Readonly<Record<string, string>>): BodyReader => {
  return async (request) => ({
    body: await readText(request),
    ...Object.fromEntries(
      Object.entries(headers).map(([field, name]) => [field, request.headers.get(name)]),
    ),
  })
}
