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

/** Where an engine keeps what its own server needs, out of the way of who uses the engine. */
export const PLUMBING: unique symbol = Symbol('tollgate.plumbing')

/** What the server needs of the engine beyond the operations. Not for applications. */
export interface Plumbing extends Entry {
  readonly members: Pick<MemberDirectory, 'roleOf' | 'organizationsOf'>
  /** What organizations are called, by their ids. */
  readonly namesOf: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>
  /** Who a bearer credential stands for; undefined when it is unknown, expired or revoked. */
  readonly authenticate: (credential: string) => Promise<Principal | undefined>
  /** Keys that all processes on this database share, for what the server signs for itself. */
  readonly signing: {
    /**
     * Those for one purpose: the one to sign by, then those that what was signed before may have.
     * Asked for a `keyId` that is not among them, it looks whether there is a new one.
     */
    readonly keys: (purpose: string, keyId?: string) => Promise<readonly SigningKey[]>
    /** From now on others; what was signed before is good for so long, by the keys it has. */
    readonly rotate: (acceptedForMs: number, options?: CallOptions) => Promise<void>
  }
  /** Who is signed in to the console. */
  readonly sessions: {
    readonly open: (session: NewSession) => Promise<Session>
    /** Undefined when it is over: by its time, by its key's end, or because it was ended. */
    readonly get: (id: string) => Promise<Session | undefined>
    readonly end: (id: string) => Promise<void>
    /** All of one actor's, wherever they signed in. */
    readonly endAllOf: (actor: string) => Promise<void>
  }
  /** What the link in a mail leads to: whose it is, and ending it. Good links need no login. */
  readonly unsubscribing: {
    readonly read: (token: string) => Promise<{ readonly address: string; readonly isOn: boolean }>
    readonly end: (token: string) => Promise<void>
  }
  /** The live figures with a beat every 15 seconds in which there was nothing to send. */
  readonly liveWithBeats: (
    input: LiveInProcessOptions & { readonly organizationId: string },
  ) => ReturnType<typeof liveWithBeats>
  /** Ends every live stream, and begins no more. */
  readonly endLive: () => void
  /**
   * Differs whenever what the operation answers does, and costs much less than the answer;
   * `undefined` for operations of which nothing cheaper than the answer is known.
   */
  readonly stateOf: (name: string, input: object) => Promise<string> | undefined
  /** How an organization's limits stand, not older than a second; none where nobody can say. */
  readonly announced: (organizationId: string) => Promise<CurrentUsage['limits']>
  /**
   * What becomes of calls like one that touched these limits while nobody can look at them;
   * `undefined` where that is not known yet.
   */
  readonly onFailure: (
    organizationId: string,
    eventType: string,
    touched: readonly LimitState[],
  ) => FailurePolicy | undefined
  /** Tells what takes how long, to whoever adds it up. */
  readonly measures: Pick<Measures, 'hear' | 'tell'>
  /** Tells the host of errors that nobody expected. */
  readonly errors: ErrorReporter
  /** Figures for `/metrics`. */
  readonly statistics: () => EngineStatistics
  /** What waits in the store; undefined where it does not answer within a second. */
  readonly storeFigures: () => Promise<StoreFigures | undefined>
}

/**
 * The plumbing of what `createTollgate` gave.
 *
 * @throws TypeError for anything else, such as a client.
 */
export const plumbingOf = (tollgate: object): Plumbing => {
  const plumbing = (tollgate as { readonly [PLUMBING]?: Plumbing })[PLUMBING]
  if (!plumbing) throw new TypeError('tollgate: must be what createTollgate() gave')
  return plumbing
}
