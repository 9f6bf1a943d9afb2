import type { Command } from 'commander'
import type { AuthenticationOptions } from '../http/authentication/authentication.ts'
import type { JwtOptions, KeyPairAlgorithm } from '../http/authentication/jwt.ts'
import { wholeNumber } from './arguments.ts'
import type { CliContext } from './context.ts'
import { CliFailure } from './failure.ts'

/** By what callers show who they are; secrets are given in the environment alone. */
export interface SignInOptions {
  readonly jwtJwksUrl?: string
  readonly jwtIssuer?: string
  readonly jwtAudience?: string
  readonly adminUserIds?: string
  readonly trustProxy?: number
}

const MAX_HOPS = 16
const MIN_SECRET_BYTES = 32

export const addSignInOptions = (command: Command): Command =>
  command
    .option('--jwt-jwks-url <url>', "the issuer's public keys (default: JWT_JWKS_URL)")
    .option('--jwt-issuer <iss>', "who signs users' tokens (default: JWT_ISSUER)")
    .option('--jwt-audience <aud>', 'whom they are for; none: nobody (default: JWT_AUDIENCE)')
    .option('--admin-user-ids <ids>', 'users who are administrators (default: ADMIN_USER_IDS)')
    .option(
      '--trust-proxy <hops>',
      'proxies of yours in front, each adding to X-Forwarded-For (default: TRUST_PROXY, or 0)',
      wholeNumber(0, MAX_HOPS),
    )

/** What was asked for explicitly wins over the environment. What cannot be is said in a sentence. */
export const signInOptions = (
  options: SignInOptions,
  env: CliContext['env'],
): Omit<AuthenticationOptions, 'adminKey'> => {
  const jwt = jwtOptions(options, env)
  const adminUserIds = listOf(options.adminUserIds ?? env.ADMIN_USER_IDS)
  const adminClaim = claimOf(env.TOLLGATE_ADMIN_CLAIM)
  if (!jwt && (adminUserIds || adminClaim)) {
    throw new CliFailure(
      'ADMIN_USER_IDS and TOLLGATE_ADMIN_CLAIM name users, and there are none without ' +
        'JWT_SECRET or JWT_JWKS_URL.',
    )
  }
  const origins = listOf(env.TOLLGATE_ORIGINS)
  return {
    ...(jwt && { jwt }),
    ...(adminUserIds && { adminUserIds }),
    ...(adminClaim && { adminClaim }),
    ...(env.CRON_SECRET && { cronSecret: checkedCronSecret(env.CRON_SECRET) }),
    ...(origins && { session: { origins } }),
    trustProxyHops: options.trustProxy ?? hopsOf(env.TRUST_PROXY),
  }
}

const jwtOptions = (options: SignInOptions, env: CliContext['env']): JwtOptions | undefined => {
  const secret = env.JWT_SECRET
  const jwksUrl = options.jwtJwksUrl ?? env.JWT_JWKS_URL
  const issuer = listOf(options.jwtIssuer ?? env.JWT_ISSUER)
  const audience = listOf(options.jwtAudience ?? env.JWT_AUDIENCE)
  if (!secret && !jwksUrl) {
    if (!issuer && !audience) return undefined
    throw new CliFailure('JWT_ISSUER and JWT_AUDIENCE need JWT_SECRET or JWT_JWKS_URL.')
  }
  if (secret && jwksUrl) {
    throw new CliFailure('JWT_SECRET and JWT_JWKS_URL are two ways to sign: give one of them.')
  }
  const given = secret ? 'JWT_SECRET' : 'JWT_JWKS_URL'
  if (!issuer || !audience) {
    const missing = [
      ...(issuer ? [] : ['JWT_ISSUER must be what tokens have as `iss`']),
      ...(audience ? [] : ['JWT_AUDIENCE must be what they have as `aud`, or `none`']),
    ]
    const why = `${given} alone says by what tokens are signed, and not whose they are.`
    throw new CliFailure(`${missing.join(', and ')}: ${why}`)
  }
  const issued = { issuer, audience: audience.join() === 'none' ? null : audience }
  if (jwksUrl) {
    const algorithms = listOf(env.JWT_ALGORITHMS) as KeyPairAlgorithm[] | undefined
    return { ...issued, jwksUrl, ...(algorithms && { algorithms }) }
  }
  // Not repeated, neither it nor its length.
  if (Buffer.byteLength(secret ?? '') < MIN_SECRET_BYTES) {
    throw new CliFailure(`JWT_SECRET must be at least ${MIN_SECRET_BYTES} bytes long.`)
  }
  return { ...issued, secret: secret as string }
}

const checkedCronSecret = (secret: string): string => {
  if (/^[\x21-\x7e]{16,512}$/.test(secret)) return secret
  throw new CliFailure('CRON_SECRET must be 16 to 512 letters, digits and signs, without spaces.')
}

const claimOf = (text: string | undefined): AuthenticationOptions['adminClaim'] => {
  if (!text) return undefined
  const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (name !== undefined && value !== undefined) return { name, value }
  throw new CliFailure('TOLLGATE_ADMIN_CLAIM must be like role=platform_admin.')
}

const hopsOf = (text: string | undefined): number => {
  if (!text) return 0
  if (/^\d{1,2}$/.test(text) && Number(text) <= MAX_HOPS) return Number(text)
  throw new CliFailure(`TRUST_PROXY must be how many proxies are in front: 0 to ${MAX_HOPS}.`)
}

/** Comma-separated; undefined when there is nothing in it. */
export const listOf = (text: string | undefined): string[] | undefined => {
  const items = (text ?? '').split(',').map((item) => item.trim())
  const named = items.filter((item) => item !== '')
  return named.length > 0 ? named : undefined
}
