import { parse, serialize } from 'hono/utils/cookie'

/**
 * The cookie that holds a session: for this server alone, out of reach of scripts, and never sent
 * along by another site. It travels in plain text on this machine only; everywhere else its name
 * keeps anything from setting it that did not come from this very host over TLS.
 */
export const sessionCookie = (request: Request, token: string, maxAgeSeconds: number): string => {
  const secure = !isPlainLocal(request)
  return serialize(cookieName(secure), token, {
    path: '/',
    httpOnly: true,
    secure,
    sameSite: 'Strict',
    maxAge: maxAgeSeconds,
  })
}

export const endedSessionCookie = (request: Request): string => sessionCookie(request, '', 0)

/** The session token that a request brings, if it brings one. */
export const sessionTokenOf = (request: Request): string | undefined => {
  const cookies = request.headers.get('cookie')
  if (cookies === null) return undefined
  const name = cookieName(!isPlainLocal(request))
  return parse(cookies, name)[name] || undefined
}

const cookieName = (secure: boolean): string => (secure ? '__Host-tollgate' : 'tollgate')

/** A proxy that ends TLS is asked by a public name, so that its plain requests are none of these. */
const isPlainLocal = (request: Request): boolean => {
  const { protocol, hostname } = new URL(request.url)
  return protocol === 'http:' && /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}
