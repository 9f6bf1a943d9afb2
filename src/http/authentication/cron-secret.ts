import { digestOf, isSameSecret } from './secret-digest.ts'

/** The header for the scheduler's secret. */
export const CRON_HEADER = 'x-cron-secret'

const CRON_SECRET = /^[\x21-\x7e]{16,512}$/

/** Checks the scheduler's secret. Without a configured one, nothing matches. */
export const createCronSecretCheck = (
  cronSecret: string | undefined,
): ((givenDigest: Uint8Array) => boolean) => {
  if (cronSecret === undefined) return () => false
  if (!CRON_SECRET.test(cronSecret)) {
    throw new TypeError('cronSecret: must be 16 to 512 characters that fit in a header')
  }
  const digest = digestOf(cronSecret)
  return (given) => isSameSecret(given, digest)
}
