import type { Role } from '../core/rights.ts'

/**
 * Options of a call. Some apply on one side only:
 * - In this process: `actor`, `role` and `address`. Over HTTP, the credential decides them.
 * - In the client: `timeoutMs` and `retries`.
 * - `signal` aborts the client's request. In this process it only prevents a call from starting.
 */
export interface CallOptions {
  /** The `id` of the call, if the input has none. */
  readonly idempotencyKey?: string
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  readonly retries?: number
  /** The actor for the audit log. */
  readonly actor?: string
  /**
   * The role of the actor in the organization. Only the rights of that role apply. Without it, the
   * actor acts for the platform and may do everything.
   */
  readonly role?: Role
  /** The network address of the caller. */
  readonly address?: string
  /**
   * The API key of the customer, a UUID, for limits per key. The client sends it to a server if its
   * own credential is a service key or an admin key.
   */
  readonly apiKeyId?: string
}

/** `replayed`: this is the first answer, returned again for a repeated id. */
export type Replayable<Value> = Value & { readonly replayed: boolean }

/**
 * The organization of a call. Optional with an API key, after `as(…)`, and with a client that was
 * created with `organizationId`; otherwise required.
 */
export interface OfOrganization {
  readonly organizationId?: string
}

/** The input of a verb after the entry has determined the organization. */
export type Owned<Input> = Omit<Input, 'organizationId'> & { readonly organizationId: string }
