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

/** Without a `JWT_SECRET` anybody may be one of the demo's people, by tokens of this process. */
export const isDemo = (): boolean => !process.env.JWT_SECRET && !process.env.JWT_JWKS_URL

/** One for the process, however often Next evaluates this module. */
const demoSecret = (): string => {
  const place = globalThis as { [SECRET]?: string }
  place[SECRET] ??= randomBytes(32).toString('hex')
  return place[SECRET]
}

/** Whose tokens are taken: those of your issuer, by the variables that `tollgate start` reads. */
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

/** Whose a request to `/api/organizations/{orgId}/…` is. Who has no business there finds a 404. */
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

/** A token of one of the demo's people, for an hour. */
export const demoToken = (userId: string): Promise<string> =>
  new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setIssuer(NAME)
    .setAudience(NAME)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(demoSecret()))
