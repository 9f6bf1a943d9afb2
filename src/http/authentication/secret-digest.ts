import { hash, timingSafeEqual } from 'node:crypto'

/** All that is ever compared or remembered of a secret. */
export const digestOf = (secret: string): Uint8Array => hash('sha256', secret, 'buffer')

/** Compares secrets by their digests, in a time that tells nothing of either. */
export const isSameSecret = (given: Uint8Array, digest: Uint8Array): boolean =>
  timingSafeEqual(given, digest)
