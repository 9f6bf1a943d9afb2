import { TollgateError } from '../../contract/errors.ts'

/** Holds the token that was given at sign-in, where a session's cookie comes with a change. */
export const CSRF_HEADER = 'x-tollgate-csrf'

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']

/** Whether a request may change something, and so must show where it comes from. */
export const isUnsafe = (request: Request): boolean => !SAFE_METHODS.includes(request.method)

/**
 * Refuses what another site's page has sent. Browsers say where a change comes from, and no page
 * can make them lie: it must be this host, or one of the configured origins.
 */
export const requireSameSite = (request: Request, origins: readonly string[]): void => {
  const origin = request.headers.get('origin')
  if (origin !== null && (origins.includes(origin) || hostOf(origin) === hostOf(request.url))) {
    return
  }
  throw new TollgateError('forbidden', {
    detail: 'Origin: is not this site, which a session is for',
  })
}

const hostOf = (url: string): string | undefined =>
  URL.canParse(url) ? new URL(url).host || undefined : undefined
