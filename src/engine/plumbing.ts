import type { NewSession, Session, SigningKey } from '../contract/authentication.ts'
import type { CallOptions } from '../contract/call.ts'
import type { LimitState } from '../contract/decision.ts'
import type { EngineStatistics } from '../contract/engine-statistics.ts'
import type { CurrentUsage, Principal } from '../contract/tenancy.ts'
import type { FailurePolicy } from '../core/catalog-words.ts'
import type { Entry } from './entry.ts'
import type { LiveInProcessOptions, liveWithBeats } from './reports/live-feeds.ts'
import type { ErrorReporter } from './telemetry/error-reporter.ts'
import type { Measures } from './telemetry/measures.ts'
import type { StoreFigures } from './telemetry/store-figures.ts'
import type { MemberDirectory } from './tenancy/member-directory.ts'

/**
 * The key under which an engine holds what its own server needs, hidden from users of the engine.
 */
export const PLUMBING: unique symbol = Symbol('tollgate.plumbing')

/** What the server needs of the engine in addition to the operations. Not for applications. */
export interface Plumbing extends Entry {
  readonly members: Pick<MemberDirectory, 'roleOf' | 'organizationsOf'>
  /** The names of organizations by id. */
  readonly namesOf: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>
  /** The principal of a bearer credential; undefined if it is unknown, expired or revoked. */
  readonly authenticate: (credential: string) => Promise<Principal | undefined>
  /** Keys that all processes on this database share, for signatures of the server. */
  readonly signing: {
    /**
     * The keys for one purpose: the current one first, then older ones that may still verify. For a
     * `keyId` that is not among them, it checks for a new key.
     */
    readonly keys: (purpose: string, keyId?: string) => Promise<readonly SigningKey[]>
    /** Starts a new key. Older signatures stay valid for this long, under their own keys. */
    readonly rotate: (acceptedForMs: number, options?: CallOptions) => Promise<void>
  }
  /** The sessions of the console. */
  readonly sessions: {
    readonly open: (session: NewSession) => Promise<Session>
    /** Undefined if the session is over: it expired, its key ended, or it was ended. */
    readonly get: (id: string) => Promise<Session | undefined>
    readonly end: (id: string) => Promise<void>
    /** Ends all sessions of one actor, wherever they signed in. */
    readonly endAllOf: (actor: string) => Promise<void>
  }
  /**
   * The unsubscribe link of a mail: shows the address, and ends the channel. A valid link needs no
   * login.
   */
  readonly unsubscribing: {
    readonly read: (token: string) => Promise<{ readonly address: string; readonly isOn: boolean }>
    readonly end: (token: string) => Promise<void>
    /** Takes the end back. */
    readonly resume: (token: string) => Promise<void>
  }
  /** The live figures, with a heartbeat after every 15 seconds without data. */
  readonly liveWithBeats: (
    input: LiveInProcessOptions & { readonly organizationId: string },
  ) => ReturnType<typeof liveWithBeats>
  /** Ends every live stream, and starts no more. */
  readonly endLive: () => void
  /**
   * The ETag of the operation's answer, as `etagOf` makes it. Undefined if the answer is not cached,
   * or if something was written since.
   */
  readonly cachedEtag: (name: string, input: object) => Promise<string | undefined>
  /** The state of an organization's limits, at most a second old; empty if it cannot be read. */
  readonly announced: (organizationId: string) => Promise<CurrentUsage['limits']>
  /**
   * The failure policy for calls like one that touched these limits, for when the store is away.
   * `undefined` if it is not known yet.
   */
  readonly onFailure: (
    organizationId: string,
    eventType: string,
    touched: readonly LimitState[],
  ) => FailurePolicy | undefined
  /** Records durations for any listener. */
  readonly measures: Pick<Measures, 'hear' | 'tell'>
  /** Reports unexpected errors to the host. */
  readonly errors: ErrorReporter
  /** Figures for `/metrics`. */
  readonly statistics: () => EngineStatistics
  /** The backlog in the store. Undefined: it did not answer within a second. */
  readonly storeFigures: () => Promise<StoreFigures | undefined>
}

/**
 * The plumbing of an engine from `createTollgate`.
 *
 * @throws TypeError for anything else, such as a client.
 */
export const plumbingOf = (tollgate: object): Plumbing => {
  const plumbing = (tollgate as { readonly [PLUMBING]?: Plumbing })[PLUMBING]
  if (!plumbing) throw new TypeError('tollgate: must be what createTollgate() gave')
  return plumbing
}
