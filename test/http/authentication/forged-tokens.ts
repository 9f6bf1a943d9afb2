import { type BadToken, BY_KEY_PAIR, BY_SECRET, shown } from './bad-tokens.ts'
import {
  base64url,
  byEc,
  byEd,
  byHmac,
  byRsa,
  ec,
  ed,
  GOOD_CLAIMS,
  ISSUER,
  jwkOf,
  rsa,
  SECRET,
  type Signer,
  stranger,
  tokenOf,
} from './issuer.ts'

/** Key ids that nobody has, which might attack code that uses them as more than ids. */
const KEY_IDS: readonly unknown[] = [
  ...[undefined, null, '', ' ', 'rsa-2', 'RSA-1', 'rsa-1 ', ' rsa-1', 'rsa-1\u0000', 'rsa-1\n'],
  ...[0, 1, true, [], ['rsa-1'], {}, { $ne: null }, '0', 'undefined', 'null', '*'],
  ...['../../../../../../dev/null', '/dev/null', '../../proc/sys/kernel/randomize_va_space'],
  ...['..\\..\\windows\\win.ini', 'file:///dev/null', '/proc/self/environ', 'C:\\nul'],
  ...["' OR '1'='1", "x' UNION SELECT 'AA'--", '"; drop table tollgate.api_keys; --', "rsa-1'--"],
  ...['$(touch /tmp/x)', '| id', '`id`', '%00', '%2e%2e%2f', '__proto__', 'constructor'],
  ...['toString', 'x'.repeat(257), 'x'.repeat(4_000)],
]

const publicKeyTexts = (): readonly (string | Uint8Array)[] => {
  const spki = rsa.publicKey.export({ format: 'pem', type: 'spki' }).toString()
  const pkcs1 = rsa.publicKey.export({ format: 'pem', type: 'pkcs1' }).toString()
  const jwk = rsa.publicKey.export({ format: 'jwk' })
  return [
    ...[spki, spki.trim(), spki.replaceAll('\n', ''), spki.replaceAll('\n', '\r\n')],
    ...[pkcs1, pkcs1.trim(), JSON.stringify(jwk), String(jwk.n)],
    rsa.publicKey.export({ format: 'der', type: 'spki' }),
    rsa.publicKey.export({ format: 'der', type: 'pkcs1' }),
  ]
}

/** Attacks on issuers with a key pair only; the canary must never be requested. */
export const forgedForKeyPair = (canary: string): BadToken[] => {
  const header = BY_KEY_PAIR.header
  const forge = (name: string, more: object, signer: Signer): BadToken => ({
    name,
    token: tokenOf({ ...header, ...more }, GOOD_CLAIMS, signer),
  })
  const own = byRsa(stranger.rsa.privateKey)
  const links = ['jku', 'x5u'].flatMap((name) => [
    forge(`${name}, signed by a stranger`, { [name]: canary, kid: 'stranger' }, own),
    forge(`${name}, with a known kid`, { [name]: canary }, own),
    forge(`${name}, without a kid`, { [name]: canary, kid: undefined }, own),
    forge(`${name}, signed well`, { [name]: canary }, BY_KEY_PAIR.signer),
    forge(`${name} as a list`, { [name]: [canary] }, own),
    forge(`${name} on another host of the issuer`, { [name]: `${ISSUER}@${canary}` }, own),
  ])
  return [
    ...publicKeyTexts().flatMap((key, index) =>
      (['HS256', 'HS384', 'HS512'] as const).map((alg) =>
        forge(`${alg} by the public key, text ${index}`, { alg }, byHmac(key, hashOf(alg))),
      ),
    ),
    ...KEY_IDS.flatMap((kid) => [
      forge(`kid ${shown(kid)}, signed by a stranger`, { kid }, own),
      forge(`kid ${shown(kid)}, HS256 by no key`, { kid, alg: 'HS256' }, byHmac('')),
    ]),
    ...links,
    forge('jwk of the stranger', { jwk: jwkOf(stranger.rsa.publicKey, 'rsa-1') }, own),
    forge('x5c of the stranger', { x5c: [base64url('certificate')] }, own),
    forge('kid that is a link', { kid: canary }, own),
    forge('signed by a stranger', {}, own),
    forge('missing kid, signed well', { kid: undefined }, BY_KEY_PAIR.signer),
    forge('RS384, signed so', { alg: 'RS384' }, byRsa(rsa.privateKey, 'sha384')),
    forge('RS512, signed so', { alg: 'RS512' }, byRsa(rsa.privateKey, 'sha512')),
    forge('the kid of another kind of key', { kid: 'ec-1' }, BY_KEY_PAIR.signer),
    forge('ES256 with the kid of an RSA key', { alg: 'ES256' }, byEc(ec.privateKey)),
    forge('ES256 of zeros', { alg: 'ES256', kid: 'ec-1' }, () => new Uint8Array(64)),
    forge('ES256 in DER', { alg: 'ES256', kid: 'ec-1' }, byEc(ec.privateKey, 'der')),
    forge('ES256 by a stranger', { alg: 'ES256', kid: 'ec-1' }, byEc(stranger.ec.privateKey)),
    forge('EdDSA of zeros', { alg: 'EdDSA', kid: 'ed-1' }, () => new Uint8Array(64)),
    forge('EdDSA under the kid of another key', { alg: 'EdDSA' }, byEd(ed.privateKey)),
    forge('HS256 by the secret in the key set', { alg: 'HS256', kid: 'oct-1' }, byHmac(SECRET)),
    forge('RS256 by a key that is for encryption', { kid: 'enc-1' }, BY_KEY_PAIR.signer),
    forge('RS256 by a key that is pinned to PS256', { kid: 'ps-1' }, BY_KEY_PAIR.signer),
    forge('RS256 by a key id that two keys have', { kid: 'twice' }, BY_KEY_PAIR.signer),
  ]
}

const hashOf = (alg: string): string => `sha${alg.slice(2)}`

/** Attacks on issuers with a secret only. */
export const forgedForSecret = (): BadToken[] => {
  const header = BY_SECRET.header
  const forge = (name: string, more: object, signer: Signer): BadToken => ({
    name,
    token: tokenOf({ ...header, ...more }, GOOD_CLAIMS, signer),
  })
  const guesses = ['', 'secret', 'password', SECRET.slice(1), `${SECRET} `, SECRET.toUpperCase()]
  return [
    ...guesses.map((guess) => forge(`HS256 by ${shown(guess)}`, {}, byHmac(guess))),
    forge('HS384 by the secret', { alg: 'HS384' }, byHmac(SECRET, 'sha384')),
    forge('HS512 by the secret', { alg: 'HS512' }, byHmac(SECRET, 'sha512')),
    forge('RS256 by a stranger', { alg: 'RS256' }, byRsa(stranger.rsa.privateKey)),
    forge('ES256 by a stranger', { alg: 'ES256' }, byEc(stranger.ec.privateKey)),
  ]
}
