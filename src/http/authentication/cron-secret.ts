import { digestOf, isSameSecret } from './secret-digest.ts'

/** Where the schedule of the platform shows its secret. */
export const CRON_HEADER = 'x-cron-secret'

const CRON_SECRET = /^[\x21-\x7e]{16,512}$/

/** Whether a header holds the secret of the schedule; without one configured, none does. */
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
