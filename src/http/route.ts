import { z } from 'zod'
import type { ErrorCode, TollgateError } from '../contract/errors.ts'
import { parse } from '../contract/parse.ts'
import type { Principal } from '../contract/tenancy.ts'
import type { CallOptions, TollgateEngine } from '../contract/tollgate.ts'
import {
  type Access,
  type OrganizationSource,
  organizationInPath,
  organizationOf,
  requireAdmin,
} from './access.ts'
import type { DemoMode } from './demo-mode.ts'
import type { Metrics } from './metrics.ts'
import { agreeOnId, organizationInQuery, queryOf } from './parameters.ts'
import type { Problem } from './problem.ts'
import type { JsonObject } from './read-body.ts'
import type { Reference } from './reference.ts'
import type { RequestBody } from './request-body.ts'

/** What a successful answer holds; `schema` is for the document. */
interface AnswerDocument {
  readonly description: string
  readonly schema?: z.ZodType
  readonly mediaType?: string
  /** Those that it may have beside the usual ones, and what is in them. */
  readonly headers?: Readonly<Record<string, string>>
}

/** What is said of an operation in the document. */
interface RouteDocument {
  /** The name of its file and of its metrics as well. */
  readonly operationId: string
  readonly method: 'get' | 'post' | 'patch'
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

/** What the handler gives to every call. */
export interface CallContext {
  readonly tollgate: TollgateEngine
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
  ) => Response | Promise<Response>
} & (
    | { readonly access: 'organization'; readonly organization: Source & OrganizationSource }
    | { readonly access: Exclude<Access, 'organization'>; readonly organization?: undefined }
  )

/** An operation: what it is, and how a call that was let through is answered. */
export interface Route extends RouteDocument {
  readonly organization?: OrganizationSource | undefined
  readonly answer: (context: CallContext) => Promise<Response>
}

/**
 * Declares an operation. Path and query are checked here; a body is handed on as it was parsed,
 * since the engine's verb checks it. Reads them in this order: path, query, body, organization.
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
    const params = definition.params && parse(definition.params, context.pathParameters)
    const query = queryFor(definition, context.request)
    const body = await definition.body?.read(context.request)
    const about = subjectOf(definition.organization, context, params, query, body)
    return definition.run({ ...context, params, query, ...about } as Call<
      z.output<Params>,
      z.output<Query>,
      Body,
      Source
    >)
  },
})

const noQuerySchema = z.strictObject({})

/** An unknown parameter is refused: `?dryrun=true` must not be a real run. */
const queryFor = (route: RouteDocument, request: Request): unknown => {
  if (route.query) return parse(route.query, queryOf(request))
  if (route.access !== 'public') parse(noQuerySchema, queryOf(request))
  return undefined
}

/** The organization that a call is about, and the body with it written in. */
const subjectOf = (
  source: OrganizationSource | undefined,
  { caller, acting }: CallContext,
  params: unknown,
  query: unknown,
  body: unknown,
): { body: unknown; organizationId: string | undefined } => {
  if (source === undefined || source === 'each event' || !caller) {
    return { body, organizationId: undefined }
  }
  if (source === 'path') {
    const { orgId } = params as { orgId: string }
    return { body, organizationId: organizationInPath(caller, orgId) }
  }
  if (source === 'query') {
    const { named, field } = organizationInQuery(query as { organizationId?: string })
    return { body, organizationId: organizationOf(caller, named, field) }
  }
  const event = body as JsonObject
  agreeOnId(event.id, acting.idempotencyKey)
  if (event.backfill === true) requireAdmin(caller, 'backfill')
  const organizationId = organizationOf(caller, event.organizationId, 'organizationId')
  return { body: { ...event, organizationId }, organizationId }
}
