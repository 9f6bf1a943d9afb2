/**
 * Who owns the counters that several processes share. An authority grants amounts; a process that
 * was granted more than it needed keeps the rest as a lease and decides on it without asking again.
 * Amounts are in the meter's smallest unit and, as they are never larger than what is left of a
 * limit, safe integers.
 */

/** How a counter is bounded. What is open at once is counted by the database alone. */
export type Rule =
  /** At most `max` in a window of the calendar or of the subscription, which ends at `endMs`. */
  | { readonly kind: 'window'; readonly max: number; readonly endMs: number }
  /**
   * At most `burst` at once, refilled at `max` a `windowMs`, continuously: a leaky bucket as
   * `core/leaky-bucket.ts` describes it.
   */
  | {
      readonly kind: 'rate'
      readonly max: number
      readonly windowMs: number
      readonly burst: number
    }

/** One counter of one organization. */
export interface Counter {
  /** Names it within its organization: `tokens/day@1763769600000`, `api_calls/minute/user:ada`. */
  readonly key: string
  readonly rule: Rule
}

export interface Want {
  readonly counter: Counter
  /** The units that a decision needs. */
  readonly units: number
  /** How much more to lease, at most; the authority grants what it thinks fit, perhaps nothing. */
  readonly block: number
  /** How much of a lease on it the process has already, unused. Where the authority cannot know. */
  readonly have?: number
}

/**
 * All that one decision, or one group of them, needs of one organization: all or nothing. Each
 * counter once.
 */
export interface Ask {
  readonly organizationId: string
  readonly wants: readonly Want[]
}

export interface Refused {
  /** Index in the ask's wants. */
  readonly want: number
  /** The units that are taken: used, held and leased. */
  readonly level: number
  /** Other processes hold leases on it that they may not need. */
  readonly recallable: boolean
  /** Until it could be granted if nobody else asks; undefined where only time will not do. */
  readonly retryAfterMs: number | undefined
}

export type Taken =
  | {
      readonly taken: true
      /** In the order of the wants: units and what was leased beside, and the level afterwards. */
      readonly grants: readonly { readonly leased: number; readonly level: number }[]
    }
  | { readonly taken: false; readonly refused: readonly Refused[] }

/** Units that a process was granted, and what became of them. */
export interface Return {
  readonly organizationId: string
  readonly counter: Counter
  readonly units: number
  /**
   * `unused`: leased and never used, goes back. `spent`: leased and used since, so that it is a
   * use now and no lease. `posted`: never leased, used, and in the ledger already, so that a counter
   * which is lost will begin with it. `undone`: a use that did not happen after all.
   */
  readonly as: 'unused' | 'spent' | 'posted' | 'undone'
}

/**
 * Told the organization; `undefined` when recalls may have been missed, which is also said once
 * when it begins to listen.
 */
export type RecallListener = (organizationId: string | undefined) => void

export interface Authority {
  /**
   * Whether also what a decision needs is on lease until its use is posted; otherwise it is used as
   * soon as it is taken.
   */
  readonly leasesAll: boolean
  /** Many asks in one round trip. Answers in the order of the asks; an earlier ask goes first. */
  take(asks: readonly Ask[]): Promise<readonly Taken[]>
  give(returns: readonly Return[]): Promise<void>
  /** Asks the other processes to return what they hold of an organization's limits and do not need. */
  recall(organizationId: string): Promise<void>
  /** Calls back when another process recalls. Rejects when it will never hear of any. */
  onRecall(listener: RecallListener): Promise<void>
  /** Ends every connection it made. */
  close(): Promise<void>
}
