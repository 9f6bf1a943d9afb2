import { createClient, type TollgateClient, TollgateError } from '../../src/client/index.ts'
import { apiUrl } from './place.ts'

/** The signed-in user, from `GET /api/session`. */
export interface Session {
  readonly kind: 'admin' | 'organization' | 'service' | 'user' | 'reader' | 'cron'
  readonly actor: string
  readonly userId?: string
  readonly organizationId?: string
  readonly expiresAt?: string
  readonly csrfToken?: string
  readonly organizations?: readonly {
    readonly organizationId: string
    readonly name: string
    readonly role: string | null
    readonly rights: readonly string[]
  }[]
}

/** The console's access to the API, authenticated by the session cookie. */
export interface Api {
  readonly tollgate: TollgateClient
  readonly session: () => Promise<Session | null>
  readonly signIn: (credential: string) => Promise<Session>
  readonly signInByCode: (code: string) => Promise<Session>
  readonly signOut: () => Promise<void>
  /** The download URL of a file. */
  readonly fileUrl: (path: string) => string
}

const ANY_KEY = 'session'

export const createApi = (): Api => {
  let csrfToken: string | undefined

  /** Sends the session cookie instead of a key, and the session's token with each change. */
  const bySession: typeof fetch = (address, init = {}) => {
    const headers = new Headers(init.headers)
    headers.delete('authorization')
    if (csrfToken !== undefined) headers.set('x-tollgate-csrf', csrfToken)
    return fetch(address, { ...init, headers })
  }

  const ask = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const response = await bySession(apiUrl + path, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    if (response.ok || response.status === 401) return response
    throw await errorOf(response)
  }

  const begin = async (path: string, body: unknown): Promise<Session> => {
    const response = await ask('POST', path, body)
    if (!response.ok) throw await errorOf(response)
    return remember((await response.json()) as Session)
  }

  const remember = (session: Session): Session => {
    csrfToken = session.csrfToken
    return session
  }

  return {
    tollgate: createClient({ url: apiUrl, key: ANY_KEY, fetch: bySession }),
    session: async () => {
      const response = await ask('GET', '/api/session')
      return response.ok ? remember((await response.json()) as Session) : null
    },
    signIn: (credential) => begin('/api/session', { credential }),
    signInByCode: (code) => begin('/api/session/code', { code }),
    signOut: async () => {
      await ask('DELETE', '/api/session')
      csrfToken = undefined
    },
    fileUrl: (path) => apiUrl + path,
  }
}

const errorOf = async (response: Response): Promise<TollgateError> => {
  const problem = (await response.json().catch(() => ({}))) as {
    code?: TollgateError['code']
    title?: string
    detail?: string
  }
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  return new TollgateError(
    response.status === 429 ? 'too_many_attempts' : (problem.code ?? codeOf(response.status)),
    {
      detail: problem.detail ?? problem.title,
      requestId: response.headers.get('x-request-id') ?? undefined,
      retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
    },
  )
}

const codeOf = (status: number): TollgateError['code'] => {
  if (status === 401) return 'unauthenticated'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'not_found'
  return 'internal'
}
