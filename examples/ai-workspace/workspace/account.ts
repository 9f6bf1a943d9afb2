import { cookies } from 'next/headers'
import { redirect } from 'next/navigation'
import { cache } from 'react'
import { shared } from 'tollgate/next'
import { createHandler, type Right } from 'tollgate/server'
import { authentication } from './people'
import { getTollgate } from './tollgate'

/**
 * This cookie holds the token from `/api/demo/sign-in`; scripts cannot read it. Your own sign-in
 * can use it too.
 */
export const SESSION_COOKIE = 'workspace-session'

type Role = 'owner' | 'admin' | 'member' | 'viewer' | 'billing'

/** The signed-in user, and the organization they look at. */
export interface Account {
  readonly userId: string
  readonly organizationId: string
  readonly organizationName: string
  readonly role: Role
  readonly rights: readonly Right[]
  readonly token: string
}

const getHandler = shared(
  async () => createHandler(await getTollgate(), authentication()),
  'account-handler',
)

/** Calls Tollgate's HTTP API in this process, with the signed-in user's token. */
export const askAs = async (token: string, path: string, body?: unknown): Promise<Response> => {
  const handler = await getHandler()
  return handler(
    new Request(new URL(path, 'http://in-this-process'), {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  )
}

interface Session {
  readonly kind: string
  readonly userId?: string
  readonly organizations?: readonly {
    readonly organizationId: string
    readonly name: string
    readonly role: Role
    readonly rights: readonly Right[]
  }[]
  readonly token: string
}

/** Runs once per request. */
const sessionOf = cache(async (): Promise<Session | undefined> => {
  const token = (await cookies()).get(SESSION_COOKIE)?.value
  if (token === undefined) return undefined
  const response = await askAs(token, '/api/session')
  return response.ok ? { ...(await response.json()), token } : undefined
})

/** A platform administrator, named in `ADMIN_USER_IDS`. They belong to no organization. */
export const isAdministrator = async (): Promise<boolean> => (await sessionOf())?.kind === 'admin'

/** Undefined if nobody is signed in, or the user belongs to no organization. */
export const accountOf = async (): Promise<Account | undefined> => {
  const session = await sessionOf()
  const [first] = session?.organizations ?? []
  if (session?.userId === undefined || first === undefined) return undefined
  const { organizationId, name: organizationName, role, rights } = first
  const { userId, token } = session
  return { userId, organizationId, organizationName, role, rights, token }
}

/** For pages: redirects to the sign-in if nobody is signed in. */
export const requireAccount = async (): Promise<Account> => (await accountOf()) ?? redirect('/')

/** The engine, limited to one organization and to the rights of this user's role. */
export const tollgateFor = async ({ userId, organizationId, role }: Account) =>
  (await getTollgate()).as({ userId, organizationId, role, actor: `user:${userId}` })
