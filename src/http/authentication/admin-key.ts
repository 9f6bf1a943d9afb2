import { digestOf, isSameSecret } from './secret-digest.ts'

/** The characters and length that fit in a bearer header. */
const ADMIN_KEY = /^[\x21-\x7e]{1,512}$/
/** Shorter keys can be guessed, so attempts at them are slowed down. */
export const UNGUESSABLE_CHARACTERS = 16

/** Checks the configured admin key. Without one, no credential matches. */
export interface AdminKeyCheck {
  readonly isAdminKey: (credentialDigest: Uint8Array) => boolean
  readonly digest: Uint8Array | undefined
  readonly isGuessable: boolean
}

/** Creates the check. Keys are compared by hash, in constant time. */
export const createAdminKeyCheck = (adminKey: string | undefined): AdminKeyCheck => {
  if (adminKey !== undefined && !ADMIN_KEY.test(adminKey)) {
    throw new TypeError('adminKey: must be 1 to 512 characters that fit in a bearer credential')
  }
  const digest = adminKey === undefined ? undefined : digestOf(adminKey)
  return {
    isAdminKey: (given) => digest !== undefined && isSameSecret(given, digest),
    digest,
    isGuessable: adminKey !== undefined && adminKey.length < UNGUESSABLE_CHARACTERS,
  }
}
