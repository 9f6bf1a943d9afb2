import { json } from './replies.ts'

/** The headers of an answer that may be kept, and asked about before it is used again. */
export const ETAG_HEADERS = {
  ETag: 'Weak: the same while the figures are. Send it as `If-None-Match`.',
}

/**
 * An answer that is only worked out where the client does not have it already. A state that is read
 * before the answer may be older than it, and then the client asks once more than it had to; it can
 * never be newer.
 */
export const jsonUnlessKnown = async (
  request: Request,
  stateOf: () => Promise<string>,
  answer: () => Promise<unknown>,
): Promise<Response> => {
  const etag = `W/"${await stateOf()}"`
  // For one caller alone, and never without having asked.
  const headers = { etag, 'cache-control': 'private, no-cache', vary: 'authorization, cookie' }
  if (isKnown(request.headers.get('if-none-match'), etag)) {
    return new Response(null, { status: 304, headers })
  }
  return json(await answer(), 200, headers)
}

/** Compared weakly (RFC 9110, 8.8.3.2): `W/` does not count. */
const isKnown = (header: string | null, etag: string): boolean => {
  if (header === null) return false
  if (header.trim() === '*') return true
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '')
  return header.split(',').some((tag) => opaque(tag) === opaque(etag))
}
