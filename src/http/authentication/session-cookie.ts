import { parse, serialize } from 'hono/utils/cookie'

/**
 * Builds the session cookie. Only this server receives it, scripts cannot read it, and other sites
 * cannot make a browser send it. It travels unencrypted on this machine only. Everywhere else, its
 * name prefix means that only this host over TLS can set it.
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

/** The session token of a request, if any. */
export const sessionTokenOf = (request: Request): string | undefined => {
  const cookies = request.headers.get('cookie')
  if (cookies === null) return undefined
  const name = cookieName(!isPlainLocal(request))
  return parse(cookies, name)[name] || undefined
}

const cookieName = (secure: boolean): string => (secure ? '__Host-tollgate' : 'tollgate')

/** A proxy that terminates TLS uses a public name, so its plain requests do not match. */
const isPlainLocal = (request: Request): boolean => {
  const { protocol, hostname } = new URL(request.url)
  return protocol === 'http:' && /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}
