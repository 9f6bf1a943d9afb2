import {
  AUDIENCE,
  base64url,
  byHmac,
  byRsa,
  GOOD_CLAIMS,
  ISSUER,
  jwkOf,
  NOW_SECONDS,
  rsa,
  SECRET,
  type Signer,
  tokenOf,
} from './issuer.ts'

export interface BadToken {
  readonly name: string
  readonly token: string
}

/** An issuer's signing method and header. */
export interface Signing {
  readonly header: Readonly<Record<string, unknown>>
  readonly signer: Signer
}

export const BY_SECRET: Signing = { header: { alg: 'HS256', typ: 'JWT' }, signer: byHmac(SECRET) }
export const BY_KEY_PAIR: Signing = {
  header: { alg: 'RS256', typ: 'JWT', kid: 'rsa-1' },
  signer: byRsa(rsa.privateKey),
}

export const goodToken = ({ header, signer }: Signing, claims: object = {}): string =>
  tokenOf(header, { ...GOOD_CLAIMS, ...claims }, signer)

/** A value as part of a case's name. */
export const shown = (value: unknown): string => (JSON.stringify(value) ?? 'missing').slice(0, 60)

const NONE: Signer = () => new Uint8Array()
const LONG = 'x'.repeat(300)

/** Wrong for every issuer: its own signature with another fault. */
export const amiss = (signing: Signing): BadToken[] => {
  const { header, signer } = signing
  const withHeader = (more: object) => tokenOf({ ...header, ...more }, GOOD_CLAIMS, signer)
  return [
    ...CLAIMS.map(([claim, value]) => ({
      name: `${claim} of ${shown(value)}`,
      token: goodToken(signing, { [claim]: value }),
    })),
    ...HEADERS.map((more) => ({ name: `header ${shown(more)}`, token: withHeader(more) })),
    ...['none', 'None', 'nOnE', 'NONE', '', ' ', null, 0, [], ['HS256'], {}, undefined].flatMap(
      (alg) => [
        { name: `alg ${shown(alg)}, signed`, token: withHeader({ alg }) },
        { name: `alg ${shown(alg)}`, token: tokenOf({ ...header, alg }, GOOD_CLAIMS, NONE) },
      ],
    ),
    ...[10_240, 102_400].map((length) => ({
      name: `${length} letters in a claim, signed`,
      token: goodToken(signing, { more: 'x'.repeat(length) }),
    })),
    ...texts(signing),
    ...malformed(goodToken(signing)),
  ]
}

/** Claims that stay wrong under a valid signature. */
const CLAIMS: readonly (readonly [string, unknown])[] = [
  ...[undefined, null, '', `${NOW_SECONDS + 300}`, 'tomorrow', true, [], {}].map(
    (value) => ['exp', value] as const,
  ),
  ...[[NOW_SECONDS + 300], NOW_SECONDS, NOW_SECONDS - 1, NOW_SECONDS - 1e6, 0, -1, 1e12].map(
    (value) => ['exp', value] as const,
  ),
  ...[NOW_SECONDS + 11, NOW_SECONDS + 3_600, 1e15, `${NOW_SECONDS}`, null, [], {}].map(
    (value) => ['nbf', value] as const,
  ),
  ...[NOW_SECONDS + 11, NOW_SECONDS + 3_600, `${NOW_SECONDS}`, null, [], true].map(
    (value) => ['iat', value] as const,
  ),
  ...[undefined, null, '', 'https://issuer.test', ISSUER.toUpperCase(), `${ISSUER}x`].map(
    (value) => ['iss', value] as const,
  ),
  ...[[ISSUER], {}, 1, 'https://other.test/', ` ${ISSUER}`].map((value) => ['iss', value] as const),
  ...[undefined, null, '', 'https://other.test', [], ['https://other.test'], {}, 7].map(
    (value) => ['aud', value] as const,
  ),
  ...[`${AUDIENCE}/`, AUDIENCE.slice(0, -1), [[AUDIENCE]], { 0: AUDIENCE }].map(
    (value) => ['aud', value] as const,
  ),
  ...[undefined, null, '', 7, true, ['ada'], { id: 'ada' }, LONG, 'a\u0000b', 'a\nb'].map(
    (value) => ['sub', value] as const,
  ),
]

/** Headers that must not be trusted. */
const HEADERS: readonly object[] = [
  { crit: ['exp'] },
  { crit: [] },
  { crit: 'exp' },
  { crit: ['unknown'], unknown: true },
  { crit: ['b64'], b64: true },
  { crit: ['b64'], b64: false },
  { b64: false },
  { typ: 'JOSE' },
  { typ: 'JWE' },
  { typ: 'tollgate-read+jwt' },
  { typ: 'tollgate-session+jwt' },
  { typ: 'logout+jwt' },
  { typ: '' },
  { typ: null },
  { typ: 1 },
  { typ: ['JWT'] },
  { cty: 'JWT' },
  { zip: 'DEF' },
  { enc: 'A256GCM' },
  { jwk: jwkOf(rsa.publicKey, 'rsa-1') },
  { x5c: ['MIIB'] },
  { alg: 'HS384' },
  { alg: 'RS384' },
  { alg: 'PS256' },
  { alg: 'ES384' },
  { alg: 'dir' },
  { alg: 'rs256' },
  { alg: 'HS256 ' },
]

/** Texts that parsers may read differently or not at all. */
const texts = ({ header, signer }: Signing): BadToken[] => {
  const claims = JSON.stringify(GOOD_CLAIMS)
  const headerText = JSON.stringify(header)
  const more = (name: string, text: string): BadToken => ({
    name,
    token: tokenOf(header, text, signer),
  })
  return [
    more('sub twice', claims.replace('{', '{"sub":"eve",')),
    more('sub twice, escaped', claims.replace('{', '{"\\u0073ub":"eve",')),
    more('exp twice', claims.replace('{', `{"exp":${NOW_SECONDS + 9e6},`)),
    more('iss twice', claims.replace('{', '{"iss":"https://other.test/",')),
    more('aud twice', claims.replace('{', '{"aud":"https://other.test",')),
    more('a claim of no meaning twice', claims.replace('{', '{"a":{"b":[1]},"a":1,')),
    more('exp past every number', claims.replace(/"exp":\d+/, '"exp":1e999')),
    more('half a surrogate pair', claims.replace('"ada"', '"\\ud800"')),
    more('claims that are a list', `[${claims}]`),
    more('claims that are a text', JSON.stringify(claims)),
    more('claims that are null', 'null'),
    more('claims that are a number', '1'),
    more('claims that are cut off', claims.slice(0, -1)),
    more('claims with something after them', `${claims}{}`),
    more('claims behind a byte order mark', `\ufeff${claims}`),
    more('no claims', '{}'),
    {
      name: 'alg twice',
      token: tokenOf(headerText.replace('{', '{"alg":"none",'), claims, signer),
    },
    { name: 'typ twice', token: tokenOf(headerText.replace('{', '{"typ":"x",'), claims, signer) },
    { name: 'a header that is a list', token: tokenOf(`[${headerText}]`, claims, signer) },
    { name: 'a header that is null', token: tokenOf('null', claims, signer) },
    { name: 'a header that is no JSON', token: tokenOf('alg=HS256', claims, signer) },
    { name: 'an empty header', token: tokenOf('{}', claims, signer) },
  ]
}

/** A valid token with a changed text. */
const malformed = (token: string): BadToken[] => {
  const [header = '', claims = '', signature = ''] = token.split('.')
  const zeros = base64url(new Uint8Array(Buffer.from(signature, 'base64url').length))
  const invalidUtf8 = base64url(new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]))
  const cases: Record<string, string> = {
    'one part': header,
    'two parts': `${header}.${claims}`,
    'two parts and a dot': `${header}.${claims}.`,
    'four parts': `${token}.${signature}`,
    'five parts': `${token}.${signature}.${signature}`,
    'no header': `.${claims}.${signature}`,
    'no claims in the middle': `${header}..${signature}`,
    'dots alone': '..',
    'four dots': '....',
    'a dot before': `.${token}`,
    'a dot after': `${token}.`,
    padding: `${token}==`,
    'a character outside base64url': `${header}.${claims}.+${signature.slice(1)}`,
    'a slash': `${header}.${claims}./${signature.slice(1)}`,
    'a per cent sign': `${header}.${claims}.%00${signature}`,
    'a signature cut off': token.slice(0, -4),
    'a signature with more after it': `${token}AAAA`,
    'a signature of one letter': `${header}.${claims}.A`,
    'a signature of zeros': `${header}.${claims}.${zeros}`,
    'a signature with a bit changed': `${header}.${claims}.${changed(signature)}`,
    'claims with a bit changed': `${header}.${changed(claims)}.${signature}`,
    'a signature spelt differently': `${header}.${claims}.${respelt(signature)}`,
    'a signature in base64 of base64url': `${header}.${claims}.${base64url(signature)}`,
    'header and claims exchanged': `${claims}.${header}.${signature}`,
    'a header that is no UTF-8': `${invalidUtf8}.${claims}.${signature}`,
    'claims that are no UTF-8': `${header}.${invalidUtf8}.${signature}`,
    'a quotation mark before': `"${token}"`,
    '10 KB': `${header}.${claims}.${signature}${'A'.repeat(10_240)}`,
    '100 KB': `${header}.${'A'.repeat(102_400)}.${signature}`,
    '100 KB of dots': '.'.repeat(102_400),
  }
  return Object.entries(cases).map(([name, text]) => ({ name, token: text }))
}

/** Another letter in the middle: other bytes. */
const changed = (part: string): string => {
  const middle = Math.floor(part.length / 2)
  const letter = part[middle] === 'A' ? 'B' : 'A'
  return `${part.slice(0, middle)}${letter}${part.slice(middle + 1)}`
}

/** Another last letter for the same bytes, which a lenient parser accepts. */
const respelt = (part: string): string => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = letters.indexOf(part.at(-1) ?? 'A')
  return `${part.slice(0, -1)}${letters[last ^ 1]}`
}
