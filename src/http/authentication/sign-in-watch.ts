import type { AuditAdmin } from '../../contract/audit.ts'
import { TollgateError } from '../../contract/errors.ts'
import {
  type AttemptLimits,
  createFailedAttempts,
  DEFAULT_ATTEMPT_LIMITS,
} from './failed-attempts.ts'
import type { CredentialKind } from './proof.ts'

/** A wrong credential for the audit log; never the credential itself. */
export interface FailedSignIn {
  readonly category: 'security'
  readonly action: 'sign_in.failed'
  readonly kind: CredentialKind
  /** The public prefix of the key. */
  readonly keyPrefix: string | undefined
  readonly address: string | undefined
  readonly at: Date
}

export interface SignInWatchOptions {
  /** How many wrong credentials get 401 before 429. */
  readonly attempts?: AttemptLimits | undefined
  /** Called for wrong credentials that go into the audit log, as long as they get 401. */
  readonly onFailedSignIn?: ((attempt: FailedSignIn) => void) | undefined
}

interface Attempt {
  readonly kind: CredentialKind
  readonly keyPrefix?: string | undefined
  readonly address: string | undefined
}

/** Counts and reports wrong credentials, and delays addresses that send too many. */
export interface SignInWatch {
  /** True while wrong credentials from this address get 429. */
  readonly isHeldUp: (address: string | undefined) => boolean
  /**
   * Returns a valid result unchanged. For an invalid one, returns undefined or throws
   * `too_many_attempts`.
   */
  readonly passed: <Value extends object>(
    verdict: Value | 'expired' | 'invalid' | 'held up',
    attempt: Attempt,
  ) => Value | undefined
}

export const createSignInWatch = (
  audit: Pick<AuditAdmin, 'enqueue'>,
  { attempts: limits = DEFAULT_ATTEMPT_LIMITS, onFailedSignIn }: SignInWatchOptions,
  now: () => Date,
): SignInWatch => {
  const attempts = createFailedAttempts(limits, now)
  return {
    isHeldUp: (address) => attempts.waitMs(address) > 0,
    passed: (verdict, { kind, keyPrefix, address }) => {
      if (typeof verdict === 'object') return verdict
      if (verdict === 'expired') return undefined
      if (verdict === 'held up') throw tooMany(attempts.waitMs(address))
      const waitMs = attempts.failed({ address, keyPrefix })
      if (waitMs > 0) throw tooMany(waitMs)
      const said = { category: 'security', action: 'sign_in.failed' } as const
      const act = { ...said, subject: `sign_in:${kind}`, new: keyPrefix ? { keyPrefix } : null }
      audit.enqueue(null, act, address === undefined ? {} : { address })
      onFailedSignIn?.({ ...said, kind, keyPrefix, address, at: now() })
      return undefined
    },
  }
}

/** At least one second, because the wait may be over when the answer arrives. */
const tooMany = (waitMs: number): TollgateError => {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000))
  return new TollgateError('too_many_attempts', { retryAfterSeconds: seconds })
}
