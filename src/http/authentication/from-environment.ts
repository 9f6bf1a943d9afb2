import type { AuthenticationOptions } from './authentication.ts'
import type { JwtOptions, KeyPairAlgorithm } from './jwt.ts'

/** Environment variables, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

export const MAX_HOPS = 16
const MIN_SECRET_BYTES = 32

/**
 * Reads who may sign in from environment variables: `JWT_SECRET` or `JWT_JWKS_URL` with
 * `JWT_ISSUER` and `JWT_AUDIENCE`, `ADMIN_USER_IDS`, `TOLLGATE_ADMIN_CLAIM`, `CRON_SECRET`,
 * `TRUST_PROXY`, `TOLLGATE_ORIGINS`. `tollgate start` uses them in the same way. The admin key is
 * not included.
 *
 * @throws TypeError with a sentence about the invalid variable; it never repeats a secret.
 * @example
 * ```ts
 * import { createTollgate } from 'tollgate'
 * import { authenticationFrom, createHandler } from 'tollgate/server'
 *
 * const tollgate = await createTollgate({ database: 'memory' })
 * export const handler = createHandler(tollgate, {
 *   ...authenticationFrom(process.env),
 *   adminKey: process.env.TOLLGATE_ADMIN_KEY,
 * })
 * ```
 */
export const authenticationFrom = (env: Environment): Omit<AuthenticationOptions, 'adminKey'> => {
  const jwt = jwtOptions(env)
  const adminUserIds = listOf(env.ADMIN_USER_IDS)
  const adminClaim = claimOf(env.TOLLGATE_ADMIN_CLAIM)
  if (!jwt && (adminUserIds || adminClaim)) {
    throw new TypeError(
      'ADMIN_USER_IDS and TOLLGATE_ADMIN_CLAIM name users, but without JWT_SECRET or ' +
        'JWT_JWKS_URL there are none.',
    )
  }
  const origins = listOf(env.TOLLGATE_ORIGINS)
  return {
    ...(jwt && { jwt }),
    ...(adminUserIds && { adminUserIds }),
    ...(adminClaim && { adminClaim }),
    ...(env.CRON_SECRET && { cronSecret: checkedCronSecret(env.CRON_SECRET) }),
    ...(origins && { session: { origins } }),
    trustProxyHops: hopsOf(env.TRUST_PROXY),
  }
}

const jwtOptions = (env: Environment): JwtOptions | undefined => {
  const secret = env.JWT_SECRET
  const jwksUrl = env.JWT_JWKS_URL
  const issuer = listOf(env.JWT_ISSUER)
  const audience = listOf(env.JWT_AUDIENCE)
  if (!secret && !jwksUrl) {
    if (!issuer && !audience) return undefined
    throw new TypeError('JWT_ISSUER and JWT_AUDIENCE need JWT_SECRET or JWT_JWKS_URL.')
  }
  if (secret && jwksUrl) {
    throw new TypeError('JWT_SECRET and JWT_JWKS_URL exclude each other: set only one.')
  }
  const given = secret ? 'JWT_SECRET' : 'JWT_JWKS_URL'
  if (!issuer || !audience) {
    const missing = [
      ...(issuer ? [] : ['JWT_ISSUER must be the value of `iss` in the tokens']),
      ...(audience ? [] : ['JWT_AUDIENCE must be the value of `aud` in the tokens, or `none`']),
    ]
    const why = `${given} alone says by what tokens are signed, and not whose they are.`
    throw new TypeError(`${missing.join(', and ')}: ${why}`)
  }
  const issued = { issuer, audience: audience.join() === 'none' ? null : audience }
  if (jwksUrl) {
    const algorithms = listOf(env.JWT_ALGORITHMS) as KeyPairAlgorithm[] | undefined
    return { ...issued, jwksUrl, ...(algorithms && { algorithms }) }
  }
  // The message repeats neither the secret nor its length.
  if (Buffer.byteLength(secret ?? '') < MIN_SECRET_BYTES) {
    throw new TypeError(`JWT_SECRET must be at least ${MIN_SECRET_BYTES} bytes long.`)
  }
  return { ...issued, secret: secret as string }
}

const checkedCronSecret = (secret: string): string => {
  if (/^[\x21-\x7e]{16,512}$/.test(secret)) return secret
  throw new TypeError('CRON_SECRET must be 16 to 512 letters, digits and signs, without spaces.')
}

const claimOf = (text: string | undefined): AuthenticationOptions['adminClaim'] => {
  if (!text) return undefined
  const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (name !== undefined && value !== undefined) return { name, value }
  throw new TypeError('TOLLGATE_ADMIN_CLAIM must be like role=platform_admin.')
}

const hopsOf = (text: string | undefined): number => {
  if (!text) return 0
  if (/^\d{1,2}$/.test(text) && Number(text) <= MAX_HOPS) return Number(text)
  throw new TypeError(`TRUST_PROXY must be the number of proxies in front, from 0 to ${MAX_HOPS}.`)
}

/** Parses a comma-separated list; undefined when it is empty. */
export const listOf = (text: string | undefined): string[] | undefined => {
  const items = (text ?? '').split(',').map((item) => item.trim())
  const named = items.filter((item) => item !== '')
  return named.length > 0 ? named : undefined
}
