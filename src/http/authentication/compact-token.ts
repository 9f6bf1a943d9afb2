/** A token as long as this is no token: those of the usual issuers have 1,000 to 4,000 characters. */
export const MAX_TOKEN_LENGTH = 8_192

/** Headers that name a key or change how a token is read: none of them is ever followed. */
const REFUSED_HEADERS = ['jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64', 'cty', 'zip', 'enc', 'epk']
const MAX_KEY_ID_LENGTH = 256

/** The protected header of a token, none of which has been authenticated. */
export interface TokenHeader {
  readonly algorithm: string
  readonly keyId: string | undefined
}

/** Whether a credential is of the shape of a signed token: three parts, each in base64url. */
export const isCompactToken = (text: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)

/**
 * What a token says of itself, by its shape alone; undefined when no issuer writes it so. Each
 * part is base64url in the one spelling that there is of its bytes, and header and claims are
 * objects that name nothing twice, so that nobody else can read them differently.
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

/** Ids are compared and nothing else; the limits keep what is compared and remembered small. */
const isKeyId = (kid: unknown): kid is string =>
  typeof kid === 'string' && kid.length <= MAX_KEY_ID_LENGTH && /^[\x21-\x7e]+$/.test(kid)

/** Unused bits at the end of a part could be set without changing what it says. */
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

/** Whether an object, given as valid JSON, has a name twice: then readers differ in what it says. */
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
