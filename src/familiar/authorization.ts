import type { TollgateEngine } from '../contract/tollgate.ts'
import type { AuthenticationOptions } from '../http/authentication/authentication.ts'
import type { Authorization } from '../http/authentication/authorization.ts'
import { opened, type Source } from './source.ts'

/** The authorization helpers of `tollgate/server`, for an engine that opens later. */
export interface FamiliarAuthorization
  extends Pick<
    Authorization,
    'requireAuth' | 'requireOrganizationAccess' | 'requireAdminAuth' | 'requireCronSecret'
  > {
  /** Builds the answer for an error that one of these or `withUsageTracking` threw. */
  readonly problem: (error: unknown, request: Request) => Promise<Response>
}

export const authorizationOf = (
  source: Source<TollgateEngine>,
  options: AuthenticationOptions,
): FamiliarAuthorization => {
  const made = new WeakMap<TollgateEngine, Promise<Authorization>>()
  const authorization = async (): Promise<Authorization> => {
    const engine = await opened(source)
    const making = made.get(engine) ?? authorizationFor(engine, options)
    made.set(engine, making)
    return making
  }
  return {
    requireAuth: async (...given) => (await authorization()).requireAuth(...given),
    requireOrganizationAccess: async (...given) =>
      (await authorization()).requireOrganizationAccess(...given),
    requireAdminAuth: async (...given) => (await authorization()).requireAdminAuth(...given),
    requireCronSecret: async (...given) => (await authorization()).requireCronSecret(...given),
    problem: async (...given) => (await authorization()).problem(...given),
  }
}

/** Loaded on first use, because the rest needs no Node. */
const authorizationFor = async (
  engine: TollgateEngine,
  options: AuthenticationOptions,
): Promise<Authorization> => {
  const { createAuthorization } = await import('../http/authentication/authorization.ts')
  return createAuthorization(engine, options)
}
