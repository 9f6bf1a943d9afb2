import { TollgateError } from '../../contract/errors.ts'

/**
 * The header with the token from sign-in. It is required when a session's cookie accompanies a
 * change.
 */
export const CSRF_HEADER = 'x-tollgate-csrf'

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']

/** True when a request may change data and must prove its origin. */
export const isUnsafe = (request: Request): boolean => !SAFE_METHODS.includes(request.method)

/**
 * Refuses changes from pages of other sites. Browsers send the origin of a change, and pages cannot
 * fake it. It must be this host or a configured origin.
 */
export const requireSameSite = (request: Request, origins: readonly string[]): void => {
  const origin = request.headers.get('origin')
  if (origin !== null && (origins.includes(origin) || hostOf(origin) === hostOf(request.url))) {
    return
  }
  throw new TollgateError('forbidden', {
    detail: 'Origin: must be this site, because the session belongs to it',
  })
}

const hostOf = (url: string): string | undefined =>
  URL.canParse(url) ? new URL(url).host || undefined : undefined
