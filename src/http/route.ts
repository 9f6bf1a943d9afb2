import { z } from 'zod'
import { type ErrorCode, TollgateError } from '../contract/errors.ts'
import { parse } from '../contract/parse.ts'
import type { Principal } from '../contract/tenancy.ts'
import type { CallOptions, TollgateEngine } from '../contract/tollgate.ts'
import { isRight, type Right } from '../core/rights.ts'
import {
  type Access,
  type FindStanding,
  type OrganizationSource,
  requireAdmin,
  type Standing,
  standingOf,
} from './access.ts'
import type { Authentication } from './authentication/authentication.ts'
import type { DemoMode } from './demo-mode.ts'
import type { Metrics } from './metrics.ts'
import { agreeOnId, organizationInQuery, queryOf } from './parameters.ts'
import type { Problem } from './problem.ts'
import type { JsonObject } from './read-body.ts'
import type { Reference } from './reference.ts'
import type { Reply } from './replies.ts'
import type { RequestBody } from './request-body.ts'

/** What a successful answer holds; `schema` is for the document. */
interface AnswerDocument {
  readonly description: string
  readonly schema?: z.ZodType
  readonly mediaType?: string
  /** That it has no body. */
  readonly isEmpty?: boolean
  /** Those that it may have beside the usual ones, and what is in them. */
  readonly headers?: Readonly<Record<string, string>>
}

/** What is said of an operation in the document. */
interface RouteDocument {
  /** The name of its file and of its metrics as well. */
  readonly operationId: string
  readonly method: 'get' | 'post' | 'patch' | 'delete'
  /** With parameters in braces: `/api/organizations/{orgId}`. */
  readonly path: string
  readonly access: Access
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: RequestBody<unknown>
  /** Whether the header `Idempotency-Key` means something here. */
  readonly idempotencyKey?: boolean
  readonly answers: Readonly<Record<number, AnswerDocument>>
  /** Why it may say no, beyond what its access, parameters and body bring with them. */
  readonly problems?: readonly ErrorCode[]
}

type Answer = Reply | Response

/** What the handler gives to every call. */
export interface CallContext {
  readonly tollgate: TollgateEngine
  readonly authentication: Authentication
  readonly metrics: Metrics
  readonly reference: Reference
  readonly demo: DemoMode
  readonly request: Request
  readonly pathParameters: Readonly<Record<string, string>>
  readonly caller: Principal | undefined
  /** Who acts, for the books, and the idempotency key of the header. */
  readonly acting: CallOptions
  readonly now: () => Date
  readonly problem: (
    error: TollgateError,
    extensions?: Pick<Problem, 'reason' | 'decision'>,
  ) => Response
}

/** One call of an operation, checked as far as the door checks. */
interface Call<Params, Query, Body, Source> extends CallContext {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /** Whom the call is about, and `caller` has been found to speak for. */
  readonly organizationId: Source extends 'path' | 'query' | 'event' ? string : undefined
  /** For a body of many events, each of which may name whom it is about. */
  readonly findStanding: Source extends OrganizationSource ? FindStanding : undefined
  readonly caller: Source extends OrganizationSource ? Principal : Principal | undefined
}

type Definition<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body,
  Source extends OrganizationSource | undefined,
> = RouteDocument & {
  readonly params?: Params
  readonly query?: Query
  readonly body?: RequestBody<Body>
  readonly run: (
    call: Call<z.output<Params>, z.output<Query>, Body, Source>,
  ) => Answer | Promise<Answer>
} & (
    | { readonly access: Right; readonly organization: Source & OrganizationSource }
    | { readonly access: Exclude<Access, Right>; readonly organization?: undefined }
  )

/** An operation: what it is, and how a call that was let through is answered. */
export interface Route extends RouteDocument {
  readonly organization?: OrganizationSource | undefined
  readonly answer: (context: CallContext) => Promise<Answer>
}

/**
 * Declares an operation. Path and query are checked here; a body is handed on as it was parsed,
 * since the engine's verb checks it. Reads them in this order: path and an organization in it,
 * query, body, an organization in those.
 */
export const defineRoute = <
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body,
  Source extends OrganizationSource | undefined = undefined,
>(
  definition: Definition<Params, Query, Body, Source>,
): Route => ({
  ...definition,
  answer: async (context) => {
    const { caller, tollgate } = context
    const findStanding =
      caller && isRight(definition.access)
        ? standingOf(caller, definition.access, tollgate.members)
        : undefined
    try {
      const params = paramsFor(definition, context)
      const inPath =
        definition.organization === 'path'
          ? await findStanding?.((params as { orgId: string }).orgId)
          : undefined
      const query = queryFor(definition, context.request)
      const body = await definition.body?.read(context.request)
      const named = nameOf(definition.organization, context, query, body)
      const standing = inPath ?? (named && (await findStanding?.(named.name, named.field)))
      const call = { ...context, params, query, findStanding, ...about(standing, context) }
      return await definition.run({
        ...call,
        body: named?.inBody && standing ? withOrganization(body, standing) : body,
      } as Call<z.output<Params>, z.output<Query>, Body, Source>)
    } catch (error) {
      throw hidesWhy(definition, error) ? asIfNothing(error) : error
    }
  },
})

const noQuerySchema = z.strictObject({})

/** What cannot be an id is the id of nothing. */
const paramsFor = ({ params }: RouteDocument, { pathParameters }: CallContext): unknown => {
  if (!params) return undefined
  const { success, data } = params.safeParse(pathParameters)
  if (!success) throw new TollgateError('not_found')
  return data
}

/** An unknown parameter is refused: `?dryrun=true` must not be a real run. */
const queryFor = (route: RouteDocument, request: Request): unknown => {
  if (route.query) return parse(route.query, queryOf(request))
  if (route.access !== 'public') parse(noQuerySchema, queryOf(request))
  return undefined
}

/** Which organization a query or an event names, if any, and where. */
const nameOf = (
  source: OrganizationSource | undefined,
  { caller, acting }: CallContext,
  query: unknown,
  body: unknown,
): { name: unknown; field: string; inBody: boolean } | undefined => {
  if (source === 'query') {
    const { named, field } = organizationInQuery(query as { organizationId?: string })
    return { name: named, field, inBody: false }
  }
  if (source !== 'event' || !caller) return undefined
  const event = body as JsonObject
  agreeOnId(event.id, acting.idempotencyKey)
  if (event.backfill === true) requireAdmin(caller, 'backfill')
  return { name: event.organizationId, field: 'organizationId', inBody: true }
}

const withOrganization = (body: unknown, { organizationId }: Standing): JsonObject => ({
  ...(body as JsonObject),
  organizationId,
})

/** Whom a call is about, and that a user acts in a role of theirs. */
const about = (standing: Standing | undefined, { acting }: CallContext) => ({
  organizationId: standing?.organizationId,
  acting: standing?.role === undefined ? acting : { ...acting, role: standing.role },
})

/** Where ids can be guessed, an answer must not tell what there is from what there is not. */
const hidesWhy = ({ access, params }: RouteDocument, error: unknown): error is TollgateError =>
  error instanceof TollgateError &&
  error.code === 'not_found' &&
  (params !== undefined || isRight(access))

/** The same for everything that is not there, or not for this caller. */
const asIfNothing = ({ faults }: TollgateError): TollgateError =>
  new TollgateError('not_found', undefined, faults)
