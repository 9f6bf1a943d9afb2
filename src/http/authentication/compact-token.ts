/** The longest accepted token. Those of common issuers have 1,000 to 4,000 characters. */
export const MAX_TOKEN_LENGTH = 8_192

/** Headers that name a key or change how a token is read. Tokens with any of them are refused. */
const REFUSED_HEADERS = ['jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64', 'cty', 'zip', 'enc', 'epk']
const MAX_KEY_ID_LENGTH = 256

/** The protected header of a token, not yet authenticated. */
export interface TokenHeader {
  readonly algorithm: string
  readonly keyId: string | undefined
}

/** True when a credential looks like a signed token: three base64url parts. */
export const isCompactToken = (text: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)

/**
 * Reads a token's header; undefined if the token is malformed. Each part must be canonical
 * base64url, and header and claims must be objects without duplicate names. So no other reader can
 * interpret the token differently.
 */
export const readTokenHeader = (
  token: string,
  types: readonly string[],
): TokenHeader | undefined => {
  if (token.length > MAX_TOKEN_LENGTH || !isCompactToken(token)) return undefined
  const parts = token.split('.')
  if (!parts.every(isCanonical)) return undefined
  const [header, claims] = parts.map((part) => plainObject(Buffer.from(part, 'base64url')))
  if (!header || !claims) return undefined
  if (REFUSED_HEADERS.some((name) => Object.hasOwn(header, name))) return undefined
  const { alg, kid, typ } = header
  if (typeof alg !== 'string') return undefined
  if (typ !== undefined && !(typeof typ === 'string' && types.includes(typ.toLowerCase()))) {
    return undefined
  }
  if (kid !== undefined && !isKeyId(kid)) return undefined
  return { algorithm: alg, keyId: kid }
}

/** Key ids are only compared. The bounds keep comparisons and caches small. */
const isKeyId = (kid: unknown): kid is string =>
  typeof kid === 'string' && kid.length <= MAX_KEY_ID_LENGTH && /^[\x21-\x7e]+$/.test(kid)

/** Refuses parts whose unused trailing bits are set, because they would be a second spelling. */
const isCanonical = (part: string): boolean =>
  Buffer.from(part, 'base64url').toString('base64url') === part

const plainObject = (bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject && !namesTwice(text) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** True when an object in valid JSON has a duplicate name, which readers interpret differently. */
const namesTwice = (json: string): boolean => {
  const names = new Set<string>()
  let depth = 0
  let text: string | undefined
  for (const [piece] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (piece === '{' || piece === '[') depth += 1
    else if (piece === '}' || piece === ']') depth -= 1
    else if (piece === ':' && depth === 1 && text !== undefined) {
      const name = JSON.parse(text) as string
      if (names.has(name)) return true
      names.add(name)
    }
    text = piece.startsWith('"') ? piece : undefined
  }
  return false
}
