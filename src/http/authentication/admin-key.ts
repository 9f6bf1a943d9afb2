import { digestOf, isSameSecret } from './secret-digest.ts'

/** What fits in a header as a bearer credential. */
const ADMIN_KEY = /^[\x21-\x7e]{1,512}$/
/** A key that is shorter can be guessed, so that attempts at it have to be slowed down. */
export const UNGUESSABLE_CHARACTERS = 16

/** Knows the configured admin key; without one, nobody has it. */
export interface AdminKeyCheck {
  readonly isAdminKey: (credentialDigest: Uint8Array) => boolean
  readonly digest: Uint8Array | undefined
  readonly isGuessable: boolean
}

/** The administrator's key is only ever compared by its hash, in a time that tells nothing. */
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
