import type { Command } from 'commander'
import type { AuthenticationOptions } from '../http/authentication/authentication.ts'
import { authenticationFrom, MAX_HOPS } from '../http/authentication/from-environment.ts'
import { wholeNumber } from './arguments.ts'
import type { CliContext } from './context.ts'
import { CliFailure } from './failure.ts'

/** How callers prove their identity. Secrets come from the environment only. */
export interface SignInOptions {
  readonly jwtJwksUrl?: string
  readonly jwtIssuer?: string
  readonly jwtAudience?: string
  readonly adminUserIds?: string
  readonly trustProxy?: number
}

export const addSignInOptions = (command: Command): Command =>
  command
    .option('--jwt-jwks-url <url>', "the issuer's public keys (default: JWT_JWKS_URL)")
    .option('--jwt-issuer <iss>', "the issuer of users' tokens (default: JWT_ISSUER)")
    .option(
      '--jwt-audience <aud>',
      'the audience of the tokens; none: tokens without one (default: JWT_AUDIENCE)',
    )
    .option('--admin-user-ids <ids>', 'the users who are administrators (default: ADMIN_USER_IDS)')
    .option(
      '--trust-proxy <hops>',
      'the number of your own proxies that add to X-Forwarded-For (default: TRUST_PROXY, or 0)',
      wholeNumber(0, MAX_HOPS),
    )

/** Options take precedence over the environment. An invalid value is refused with a sentence. */
export const signInOptions = (
  options: SignInOptions,
  env: CliContext['env'],
): Omit<AuthenticationOptions, 'adminKey'> => {
  const { jwtJwksUrl, jwtIssuer, jwtAudience, adminUserIds, trustProxy } = options
  try {
    return authenticationFrom({
      ...env,
      ...(jwtJwksUrl !== undefined && { JWT_JWKS_URL: jwtJwksUrl }),
      ...(jwtIssuer !== undefined && { JWT_ISSUER: jwtIssuer }),
      ...(jwtAudience !== undefined && { JWT_AUDIENCE: jwtAudience }),
      ...(adminUserIds !== undefined && { ADMIN_USER_IDS: adminUserIds }),
      ...(trustProxy !== undefined && { TRUST_PROXY: String(trustProxy) }),
    })
  } catch (error) {
    if (error instanceof TypeError) throw new CliFailure(error.message)
    throw error
  }
}
