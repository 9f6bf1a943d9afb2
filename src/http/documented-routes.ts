import { z } from 'zod'
import { organizationIdSchema } from '../contract/text.ts'
import { RATE_LIMIT_HEADERS } from '../core/rate-limit-headers.ts'
import { operations } from '../operations/index.ts'
import { fieldsInPath, type Operation } from '../operations/operation.ts'
import type { DoorRoute } from './door-route.ts'
import { doorRoutes } from './door-routes.ts'
import { FILE_FORMATS } from './file-reply.ts'
import { type BodyFormat, ingestFormats } from './ingest-formats.ts'

/** A path of the API with its documentation. */
export interface DocumentedRoute {
  readonly operation: Operation
  readonly operationId: string
  readonly path: string
  readonly params: z.ZodObject
  readonly query: z.ZodObject | undefined
  readonly headers: readonly string[]
  readonly formats: Readonly<Record<string, BodyFormat>> | undefined
  readonly answers: Readonly<Record<string, DocumentedAnswer>>
}

interface DocumentedAnswer {
  readonly description: string
  readonly headers?: Readonly<Record<string, string>>
  /** By media type; absent for an answer without a body. */
  readonly content?: Readonly<Record<string, z.ZodType | undefined>>
}

/** Lists every operation with a path of its own, and its second path if there is one. */
export const documentedRoutes = (): readonly DocumentedRoute[] => [
  ...operations.flatMap((operation: Operation) =>
    operation.http.form === 'lines' ? [] : [routeOf(operation), ...aliasOf(operation)],
  ),
  ...doorRoutes.map(({ operation, document }) => routeOf(operation, document)),
]

const routeOf = (operation: Operation, document?: DoorRoute['document']): DocumentedRoute => ({
  operation,
  operationId: operation.name,
  path: operation.path,
  params: z.object(operation.params),
  query: queryOf(operation),
  headers: operation.http.form === 'events' ? Object.values(operation.http.headers ?? {}) : [],
  formats: formatsOf(operation),
  answers: answersOf(operation, document),
})

const aliasOf = (operation: Operation): DocumentedRoute[] => {
  const { alias } = operation.http
  if (alias === undefined) return []
  return [
    {
      ...routeOf(operation),
      operation: { ...operation, summary: `${operation.summary} of a catalog` },
      operationId: `${operation.name}InCatalog`,
      path: alias,
      params: z.object(
        Object.fromEntries(fieldsInPath(alias).map((name) => [name, PARTS[name] ?? z.string()])),
      ),
    },
  ]
}

/** The two segments of a key. */
const PARTS: Readonly<Record<string, z.ZodType>> = {
  catalog: z.string().min(1).max(64).describe('the key of the catalog'),
  key: z.string().min(1).max(64).describe('the key within that catalog'),
}

const tenantId = {
  tenantId: organizationIdSchema.optional().describe('an alias of `organizationId`'),
}
const format = {
  format: z
    .enum(FILE_FORMATS)
    .optional()
    .describe('returns everything that matches as a file; not with `page`, `limit` or `cursor`'),
  bom: z
    .boolean()
    .optional()
    .describe('with `format=csv`: begins with a byte order mark, which Excel needs for UTF-8'),
}

/** The query, with parameters that exist only over HTTP. */
const queryOf = ({ about, query, http }: Operation): z.ZodObject | undefined => {
  const more = {
    ...(about === 'query' || http.tenantId ? tenantId : {}),
    ...(http.form === 'file' ? format : {}),
  }
  if (Object.keys(more).length === 0) return query
  return (query ?? z.strictObject({})).safeExtend(more)
}

const formatsOf = ({ body, documented, example, http }: Operation) => {
  if (http.form === 'ingest') return ingestFormats
  if (!body) return undefined
  return { 'application/json': { schema: documented ?? body, example } }
}

const ETAG = { ETag: 'A weak ETag, equal for equal figures. Send it as `If-None-Match`.' }
const ON_FAILURE = {
  'Tollgate-On-Failure':
    'For an allowed call: whether a similar one is allowed (`open` or `closed`) while its ' +
    'limits cannot be checked. Always `closed` for callers that may not record. Absent if not ' +
    'known yet.',
}
const NOT_MODIFIED = 'Unchanged since the ETag in `If-None-Match`.'

const answersOf = (
  { answer, http, name, output }: Operation,
  document: DoorRoute['document'] = {},
): Record<string, DocumentedAnswer> => {
  const mediaType = document.mediaType ?? (http.form === 'events' ? 'text/event-stream' : undefined)
  const byForm = HEADERS[http.form ?? 'json']
  const tellsPolicy = name === 'track' || name === 'reserve'
  const headers = document.headers ?? (tellsPolicy ? { ...byForm, ...ON_FAILURE } : byForm)
  const content = { [mediaType ?? 'application/json']: output }
  return {
    [String(http.status ?? 200)]: { description: answer, ...(headers && { headers }), content },
    ...(http.form === 'etag' && { 304: { description: NOT_MODIFIED } }),
  }
}

const HEADERS: Partial<Record<NonNullable<Operation['http']['form']>, Record<string, string>>> = {
  decision: RATE_LIMIT_HEADERS,
  etag: ETAG,
}
