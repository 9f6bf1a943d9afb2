/** Counters since the start, and gauges. */
export interface EngineStatistics {
  readonly eventsRecorded: number
  readonly eventsDuplicate: number
  readonly eventsRejected: number
  readonly eventsUnpriced: number
  /** Decisions by how they were made: on leases, by the store, and while the store was away. */
  readonly leasedAllowed: number
  readonly strictAllowed: number
  readonly strictRefused: number
  readonly withoutStoreAllowed: number
  readonly withoutStoreRefused: number
  /** Events of Stripe that were new, those that came again, and use that its meters did not take. */
  readonly stripeEvents: number
  readonly stripeEventsRepeated: number
  readonly stripeMeterErrors: number
  readonly batches: number
  readonly queued: number
  /** Acts that the audit log could not take while the store was away and its queue was full. */
  readonly auditDropped: number
  /** Undefined where there is none. */
  readonly journal: JournalStatistics | undefined
}

/** How the journal stands. */
export interface JournalStatistics {
  /** `full`: what it holds must get into the books first. `failing`: the disk takes nothing. */
  readonly status: 'ok' | 'full' | 'failing'
  readonly bytes: number
  readonly maxBytes: number
  /** Records that are not in the books yet. */
  readonly waiting: number
  /** For how long something has been written and not synced, in milliseconds. */
  readonly unsyncedMs: number
  /** Why it failed the last time, and when; stays after it works again. */
  readonly lastError: { readonly message: string; readonly at: Date } | undefined
}
