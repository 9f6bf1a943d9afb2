import { cookies } from 'next/headers'
import { redirect } from 'next/navigation'
import { cache } from 'react'
import { shared } from 'tollgate/next'
import { createHandler, type Right } from 'tollgate/server'
import { authentication } from './people'
import { getTollgate } from './tollgate'

/** Holds the token that `/api/demo/sign-in` gave, where no script can read it. Yours may do so too. */
export const SESSION_COOKIE = 'workspace-session'

type Role = 'owner' | 'admin' | 'member' | 'viewer' | 'billing'

/** Who looks at a page, and for which organization. */
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

/** Tollgate's HTTP in this process, with the token of whoever is signed in. */
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

/** Asked once for each request. */
const sessionOf = cache(async (): Promise<Session | undefined> => {
  const token = (await cookies()).get(SESSION_COOKIE)?.value
  if (token === undefined) return undefined
  const response = await askAs(token, '/api/session')
  return response.ok ? { ...(await response.json()), token } : undefined
})

/** Of the platform: named in `ADMIN_USER_IDS`. It is in no organization. */
export const isAdministrator = async (): Promise<boolean> => (await sessionOf())?.kind === 'admin'

/** Undefined for who is not signed in, or is in no organization. */
export const accountOf = async (): Promise<Account | undefined> => {
  const session = await sessionOf()
  const [first] = session?.organizations ?? []
  if (session?.userId === undefined || first === undefined) return undefined
  const { organizationId, name: organizationName, role, rights } = first
  const { userId, token } = session
  return { userId, organizationId, organizationName, role, rights, token }
}

/** For pages: who is not signed in goes to where that is done. */
export const requireAccount = async (): Promise<Account> => (await accountOf()) ?? redirect('/')

/** The engine held to one organization, and to what this person's role may do there. */
export const tollgateFor = async ({ userId, organizationId, role }: Account) =>
  (await getTollgate()).as({ userId, organizationId, role, actor: `user:${userId}` })
