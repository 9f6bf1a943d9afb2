import { TollgateError } from '../../contract/errors.ts'
import type { Principal } from '../../contract/tenancy.ts'
import type { TollgateEngine } from '../../contract/tollgate.ts'
import type { Right } from '../../core/rights.ts'
import type { TollgateRefusal } from '../../decision/refusal.ts'
import { decisionResponse } from '../../decision/response.ts'
import { refuseKind } from '../../engine/access.ts'
import { createIds } from '../../engine/ids.ts'
import { plumbingOf } from '../../engine/plumbing.ts'
import type { Access } from '../../operations/operation.ts'
import { createIdentification, identified, requireRight } from '../identification.ts'
import { asTollgateError, problemResponse } from '../problem.ts'
import {
  type AuthenticationOptions,
  createAuthentication,
  engineForAuthentication,
} from './authentication.ts'

export type Administrator = Extract<Principal, { kind: 'admin' }>
export type KeyHolder = Extract<Principal, { kind: 'organization' }>

/** A handler of the host, with the arguments that its framework passes beside the request. */
export type HostHandler<Rest extends readonly unknown[]> = (
  request: Request,
  ...rest: Rest
) => Promise<Response>

/**
 * Authorization for the host's own handlers. A failed check throws a `TollgateError` with the
 * status to answer, and `problem` builds that answer.
 */
export interface Authorization {
  /** Requires any valid credential. */
  readonly requireAuth: (request: Request) => Promise<Principal>
  /** Requires the right in that organization. For others the organization does not exist (404). */
  readonly requireOrganizationAccess: (
    request: Request,
    organizationId: string,
    right?: Right,
  ) => Promise<Principal>
  /** Requires the platform's administrator. */
  readonly requireAdminAuth: (request: Request) => Promise<Administrator>
  /** Requires the platform's scheduler, by `x-cron-secret` or as a bearer token. */
  readonly requireCronSecret: (request: Request) => Promise<Principal>
  /** Requires an API key with the right. */
  readonly requireApiKey: (request: Request, right?: Right) => Promise<KeyHolder>
  /** Wraps a handler for callers with an API key that has the right. Others get a problem. */
  readonly withApiKey: <Rest extends readonly unknown[]>(
    handler: (request: Request, key: KeyHolder, ...rest: Rest) => Response | Promise<Response>,
    right?: Right,
  ) => HostHandler<Rest>
  /**
   * Builds the answer for a thrown error: problem+json, with `Retry-After` if that helps. A refusal
   * thrown by `run` gets its own status and headers.
   */
  readonly problem: (error: unknown, request: Request) => Response
}

/**
 * Creates the helpers for one engine. Pass the same options as to `createHandler`, so that both
 * accept the same callers.
 *
 * @example
 * ```ts
 * import { createTollgate } from 'tollgate'
 * import { createAuthorization } from 'tollgate/server'
 *
 * const tollgate = await createTollgate({ database: 'memory' })
 * const { problem, requireAuth, requireOrganizationAccess } = createAuthorization(tollgate, {
 *   jwt: { secret: process.env.JWT_SECRET, issuer: 'https://acme.test/', audience: 'acme' },
 * })
 *
 * export const GET = async (request, { params }) => {
 *   try {
 *     const user = await requireOrganizationAccess(request, params.organizationId, 'usage.read')
 *     return Response.json({ seenBy: user.actor })
 *   } catch (error) {
 *     return problem(error, request)
 *   }
 * }
 *
 * export const whoAmI = async (request) => (await requireAuth(request)).actor
 * ```
 *
 * @example
 * ```ts
 * import { createTollgate } from 'tollgate'
 * import { createAuthorization } from 'tollgate/server'
 *
 * const tollgate = await createTollgate({ database: 'memory' })
 * const { requireAdminAuth, withApiKey } = createAuthorization(tollgate, {
 *   adminKey: process.env.TOLLGATE_ADMIN_KEY,
 * })
 *
 * export const POST = withApiKey(async (request, key) => {
 *   const { organizationId } = key
 *   const { allowed } = await tollgate.track({ organizationId, eventType: 'api_call' })
 *   return Response.json({ allowed }, { status: allowed ? 200 : 429 })
 * })
 *
 * export const found = async (request) => {
 *   await requireAdminAuth(request)
 *   return tollgate.organizations.create(await request.json())
 * }
 * ```
 */
export const createAuthorization = (
  tollgate: TollgateEngine,
  options: AuthenticationOptions = {},
): Authorization => {
  const { clientAddress, ids = createIds() } = options
  const { members } = plumbingOf(tollgate)
  const authentication = createAuthentication(engineForAuthentication(tollgate), options)
  const identification = createIdentification(authentication, { demo: false, clientAddress })
  const admitted = async (access: Access, request: Request): Promise<Principal> => {
    const caller = await identified(access, request, identification)
    if (!caller) throw new TollgateError('unauthenticated')
    refuseKind(caller, access)
    return caller
  }
  const problem = (error: unknown, request: Request): Response => {
    // Compares the name, because a bundler may have copied the class.
    if (error instanceof Error && error.name === 'TollgateRefusal') {
      return decisionResponse((error as TollgateRefusal).decision)
    }
    const { pathname } = new URL(request.url)
    return problemResponse(asTollgateError(error), { requestId: ids(), instance: pathname })
  }
  const requireApiKey: Authorization['requireApiKey'] = async (request, right = 'gate.use') => {
    const caller = await admitted(right, request)
    if (caller.kind !== 'organization') throw new TollgateError('forbidden')
    return caller
  }
  return {
    problem,
    requireApiKey,
    requireAuth: (request) => admitted('caller', request),
    requireOrganizationAccess: async (request, organizationId, right = 'organization.read') => {
      const caller = await admitted(right, request)
      await requireRight(caller, right, organizationId, members)
      return caller
    },
    requireAdminAuth: async (request) => (await admitted('admin', request)) as Administrator,
    requireCronSecret: (request) => admitted('cron', request),
    withApiKey:
      (handler, right) =>
      async (request, ...rest) => {
        try {
          return await handler(request, await requireApiKey(request, right), ...rest)
        } catch (error) {
          return problem(error, request)
        }
      },
  }
}
