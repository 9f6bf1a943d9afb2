import { AUDIENCE, byHmac, GOOD_CLAIMS, ISSUER, SECRET, tokenOf } from './authentication/issuer.ts'

/** Accepts users with a `userToken`. */
export const JWT_OF_TESTS = { issuer: ISSUER, audience: AUDIENCE, secret: SECRET }

/** A user's token, valid for five minutes from the start of the tests' clock. */
export const userToken = (userId: string): string =>
  tokenOf({ alg: 'HS256', typ: 'JWT' }, { ...GOOD_CLAIMS, sub: userId }, byHmac(SECRET))
