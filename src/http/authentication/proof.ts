import type { Principal } from '../../contract/tenancy.ts'

/** By what somebody has shown who they are. */
export type Proof = { readonly principal: Principal } & (
  | {
      /** The configured admin key, a kept key, the secret of the schedule, a read token. */
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
 * What came of a credential. `expired`: it was good once, so nobody has guessed anything.
 * `held up`: it could have been guessed, and too many from there were wrong.
 */
export type Verdict = Proof | 'expired' | 'invalid' | 'held up'

/** What a credential looks like it is. */
export type CredentialKind =
  | 'key'
  | 'jwt'
  | 'read_token'
  | 'session'
  | 'cron_secret'
  | 'sign_in_code'
