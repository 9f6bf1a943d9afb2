import { hash, timingSafeEqual } from 'node:crypto'

/** The digest of a secret. Only digests are compared or stored. */
export const digestOf = (secret: string): Uint8Array => hash('sha256', secret, 'buffer')

/** Compares digests of secrets in constant time. */
export const isSameSecret = (given: Uint8Array, digest: Uint8Array): boolean =>
  timingSafeEqual(given, digest)
