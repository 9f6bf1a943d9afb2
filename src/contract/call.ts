import type { Role } from '../core/rights.ts'

/**
 * How a call is made. `actor`, `role` and `address` are for the engine in this process: over HTTP
 * the key says who calls. `timeoutMs` and `retries` are for the client: in this process
 * there is no network. `signal` ends a request of the client; in this process it keeps a call from
 * beginning.
 */
export interface CallOptions {
  /** Stands in for an `id` that the input does not give. */
  readonly idempotencyKey?: string
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  readonly retries?: number
  /** Who acts, for the audit log. */
  readonly actor?: string
  /**
   * As what the actor is a member of the organization: only what that role may do is done. Without
   * it the actor acts for the platform, which may do everything.
   */
  readonly role?: Role
  /** The network address that the call came from. */
  readonly address?: string
  /**
   * The API key that the customer used, a UUID, for limits per key. The client sends it to a server
   * that was given a service key or an admin key.
   */
  readonly apiKeyId?: string
}

/** `replayed`: this is the first answer, given again for the same id. */
export type Replayable<Value> = Value & { readonly replayed: boolean }

/**
 * Whom a call is about. Left out where the caller says it already: with an API key, after `as(…)`,
 * or with a client that was given `organizationId`. Without any of these it is required.
 */
export interface OfOrganization {
  readonly organizationId?: string
}

/** What a verb is given once the entry has found out whom the call is about. */
export type Owned<Input> = Omit<Input, 'organizationId'> & { readonly organizationId: string }
