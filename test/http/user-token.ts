import { AUDIENCE, byHmac, GOOD_CLAIMS, ISSUER, SECRET, tokenOf } from './authentication/issuer.ts'

/** Lets users in who come with a `userToken`. */
export const JWT_OF_TESTS = { issuer: ISSUER, audience: AUDIENCE, secret: SECRET }

/** What a user comes with, good for five minutes from when the doors of tests open. */
export const userToken = (userId: string): string =>
  tokenOf({ alg: 'HS256', typ: 'JWT' }, { ...GOOD_CLAIMS, sub: userId }, byHmac(SECRET))
