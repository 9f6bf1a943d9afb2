import type { Principal } from '../../contract/tenancy.ts'

/** How a caller proved their identity. */
export type Proof = { readonly principal: Principal } & (
  | {
      /**
       * The configured admin key, a sign-in code, a stored key, the scheduler's secret, a read
       * token, or a session.
       */
      readonly by: 'admin_key' | 'sign_in_code' | 'key' | 'cron_secret' | 'read_token' | 'session'
    }
  | {
      readonly by: 'jwt'
      readonly userId: string
      readonly isAdminByClaim: boolean
      readonly expiresAt: Date
    }
)

/**
 * The result of checking a credential. `expired`: it was valid once, so it is not a guess. `held
 * up`: it could be guessed, and too many from this address were wrong.
 */
export type Verdict = Proof | 'expired' | 'invalid' | 'held up'

/** The kind that a credential appears to be. */
export type CredentialKind =
  | 'key'
  | 'jwt'
  | 'read_token'
  | 'session'
  | 'cron_secret'
  | 'sign_in_code'
