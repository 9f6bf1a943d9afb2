/**
 * The owner of counters that several processes share. An authority grants units. A process leases
 * more than it needs, and decides on the rest without asking again.
 *
 * Amounts are in the meter's smallest unit. They never exceed the remainder of a limit, so they are
 * safe integers.
 */

/** The bound of a counter. Concurrency limits have no rule, since only the database counts them. */
export type Rule =
  /** At most `max` in a calendar window or a billing period, which ends at `endMs`. */
  | { readonly kind: 'window'; readonly max: number; readonly endMs: number }
  /**
   * At most `burst` at once, refilled continuously at `max` per `windowMs`. This is the leaky
   * bucket of `core/leaky-bucket.ts`.
   */
  | {
      readonly kind: 'rate'
      readonly max: number
      readonly windowMs: number
      readonly burst: number
    }

/** One counter of one organization. */
export interface Counter {
  /** Unique in the organization: `tokens/day@1763769600000`, `api_calls/minute/user:ada`. */
  readonly key: string
  readonly rule: Rule
}

export interface Want {
  readonly counter: Counter
  /** The units that the decision needs. */
  readonly units: number
  /** The most units to lease in advance. The authority may grant less, or none. */
  readonly block: number
  /** The unused units that the process has leased, for an authority that cannot know them. */
  readonly have?: number
}

/**
 * The wants of one decision or one group of decisions, granted all or nothing. Each counter appears
 * once.
 */
export interface Ask {
  readonly organizationId: string
  readonly wants: readonly Want[]
}

export interface Refused {
  /** The index in the ask's `wants`. */
  readonly want: number
  /** The units that are used, held or leased. */
  readonly level: number
  /** True if other processes hold leases that they may not need. */
  readonly recallable: boolean
  /**
   * The time until it could be granted, without other asks. Undefined: waiting alone does not help.
   */
  readonly retryAfterMs: number | undefined
}

export type Taken =
  | {
      readonly taken: true
      /** In the order of `wants`: the units leased in advance, and the level afterwards. */
      readonly grants: readonly { readonly leased: number; readonly level: number }[]
    }
  | { readonly taken: false; readonly refused: readonly Refused[] }

/** Granted units, and what became of them. */
export interface Return {
  readonly organizationId: string
  readonly counter: Counter
  readonly units: number
  /**
   * `unused`: leased and not used, so they are free again. `spent`: leased and then used. `posted`:
   * never leased, used and already in the ledger, from which a lost counter starts. `undone`: the
   * use did not happen.
   */
  readonly as: 'unused' | 'spent' | 'posted' | 'undone'
}

/**
 * Called with the organization of a recall. `undefined`: recalls may have been missed; this also
 * happens once when listening starts.
 */
export type RecallListener = (organizationId: string | undefined) => void

export interface Authority {
  /**
   * True if the units of a decision stay leased until their use is posted. False: they count as
   * used at once.
   */
  readonly leasesAll: boolean
  /** Takes many asks in one round trip, in their order. Returns the answers in that order. */
  take(asks: readonly Ask[]): Promise<readonly Taken[]>
  give(returns: readonly Return[]): Promise<void>
  /** Asks other processes to return their unused leases of an organization. */
  recall(organizationId: string): Promise<void>
  /** Calls back when another process recalls. Rejects if it can never receive recalls. */
  onRecall(listener: RecallListener): Promise<void>
  /** Closes all its connections. */
  close(): Promise<void>
}
