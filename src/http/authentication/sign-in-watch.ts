import type { AuditAdmin } from '../../contract/audit.ts'
import { TollgateError } from '../../contract/errors.ts'
import {
  type AttemptLimits,
  createFailedAttempts,
  DEFAULT_ATTEMPT_LIMITS,
} from './failed-attempts.ts'
import type { CredentialKind } from './proof.ts'

/** A credential that nobody has, as the audit log has it; never the credential itself. */
export interface FailedSignIn {
  readonly category: 'security'
  readonly action: 'sign_in.failed'
  readonly kind: CredentialKind
  /** The part of a key that anyone may see. */
  readonly keyPrefix: string | undefined
  readonly address: string | undefined
  readonly at: Date
}

export interface SignInWatchOptions {
  /** How many wrong credentials are answered 401 before it is 429. */
  readonly attempts?: AttemptLimits | undefined
  /** Told of what goes into the audit log: wrong credentials, as long as they are answered 401. */
  readonly onFailedSignIn?: ((attempt: FailedSignIn) => void) | undefined
}

interface Attempt {
  readonly kind: CredentialKind
  readonly keyPrefix?: string | undefined
  readonly address: string | undefined
}

/** Counts what is wrong, tells of it, and makes whoever did it too often wait. */
export interface SignInWatch {
  /** Whether this address is answered 429 to what is wrong. */
  readonly isHeldUp: (address: string | undefined) => boolean
  /** What was found good; undefined, or `too_many_attempts`, for what was not. */
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

/** At least a second, since it may be over by the time that it is told. */
const tooMany = (waitMs: number): TollgateError => {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000))
  return new TollgateError('too_many_attempts', { retryAfterSeconds: seconds })
}
