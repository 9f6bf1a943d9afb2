import { randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import { shared } from 'tollgate/next'
import {
  type AuthenticationOptions,
  authenticationFrom,
  createAuthorization,
} from 'tollgate/server'
import { getTollgate } from './tollgate'

const NAME = 'ai-workspace'
const SECRET = Symbol.for('ai-workspace.secret')

/** Without an issuer of yours, anybody can sign in as a demo user, with tokens of this process. */
export const isDemo = (): boolean => !process.env.JWT_SECRET && !process.env.JWT_JWKS_URL

/** One secret for the process, even if Next evaluates this module several times. */
const demoSecret = (): string => {
  const place = globalThis as { [SECRET]?: string }
  place[SECRET] ??= randomBytes(32).toString('hex')
  return place[SECRET]
}

/** Accepts your issuer's tokens, by the same variables as `tollgate start`. */
export const authentication = (): AuthenticationOptions => ({
  ...authenticationFrom(
    isDemo()
      ? { ...process.env, JWT_SECRET: demoSecret(), JWT_ISSUER: NAME, JWT_AUDIENCE: NAME }
      : process.env,
  ),
  adminKey: process.env.TOLLGATE_ADMIN_KEY,
})

export const getAuthorization = shared(
  async () => createAuthorization(await getTollgate(), authentication()),
  'authorization',
)

/** The organization of a request to `/api/organizations/{orgId}/…`. Other users get a 404. */
export const identifyMember = async (
  request: Request,
  { params }: { params: Promise<{ orgId: string }> },
) => {
  const { orgId: organizationId } = await params
  const { requireOrganizationAccess } = await getAuthorization()
  const who = await requireOrganizationAccess(request, organizationId, 'gate.use')
  const { actor } = who
  return { organizationId, actor, ...(who.kind === 'user' && { userId: who.userId }) }
}

/** Issues a token for a demo user, valid for an hour. */
export const demoToken = (userId: string): Promise<string> =>
  new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setIssuer(NAME)
    .setAudience(NAME)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(demoSecret()))
