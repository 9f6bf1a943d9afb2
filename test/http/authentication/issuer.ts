import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

export const ISSUER = 'https://issuer.test/'
export const AUDIENCE = 'https://tollgate.test'
export const SECRET = 'a secret of more than 32 bytes, for HS256'
/** The time of every token here, in seconds. */
export const NOW_SECONDS = Date.parse('2026-03-10T12:00:00Z') / 1_000

export const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 })
export const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
export const ed = generateKeyPairSync('ed25519')
/** An issuer whose keys are unknown to the server. */
export const stranger = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2_048 }),
  ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
}

export const jwkOf = (key: KeyObject, kid: string, alg?: string): Record<string, unknown> => ({
  ...key.export({ format: 'jwk' }),
  kid,
  use: 'sig',
  ...(alg && { alg }),
})

export const GOOD_CLAIMS = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'ada',
  iat: NOW_SECONDS - 5,
  exp: NOW_SECONDS + 300,
}

export const base64url = (value: string | Uint8Array): string =>
  Buffer.from(value).toString('base64url')

/** JSON, or the text unchanged. */
const encoded = (part: unknown): string =>
  base64url(typeof part === 'string' ? part : JSON.stringify(part))

export type Signer = (input: string) => Uint8Array

export const byHmac =
  (key: string | Uint8Array, hash = 'sha256'): Signer =>
  (input) =>
    createHmac(hash, key).update(input).digest()

export const byRsa =
  (key: KeyObject, hash = 'sha256'): Signer =>
  (input) =>
    sign(hash, Buffer.from(input), key)

export const byEc =
  (key: KeyObject, dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363'): Signer =>
  (input) =>
    sign('sha256', Buffer.from(input), { key, dsaEncoding })

export const byEd =
  (key: KeyObject): Signer =>
  (input) =>
    sign(null, Buffer.from(input), key)

/** A token from these parts, valid or not. */
export const tokenOf = (header: unknown, claims: unknown, signer: Signer): string => {
  const input = `${encoded(header)}.${encoded(claims)}`
  return `${input}.${base64url(signer(input))}`
}
