/** Counters since the start of the process, and gauges. */
export interface EngineStatistics {
  readonly eventsRecorded: number
  readonly eventsDuplicate: number
  readonly eventsRejected: number
  readonly eventsUnpriced: number
  /** Decisions by path: on leases, by the store, and while the store was unreachable. */
  readonly leasedAllowed: number
  readonly strictAllowed: number
  readonly strictRefused: number
  readonly withoutStoreAllowed: number
  readonly withoutStoreRefused: number
  /** New and repeated events of Stripe, and use that its meters refused. */
  readonly stripeEvents: number
  readonly stripeEventsRepeated: number
  readonly stripeMeterErrors: number
  readonly batches: number
  readonly queued: number
  /**
   * Acts that were lost because the store was unreachable and the queue of the audit log was full.
   */
  readonly auditDropped: number
  /** Undefined when there is no journal. */
  readonly journal: JournalStatistics | undefined
}

/** The state of the journal. */
export interface JournalStatistics {
  /**
   * `full`: its records must be written to the database first. `failing`: the disk refuses writes.
   */
  readonly status: 'ok' | 'full' | 'failing'
  readonly bytes: number
  readonly maxBytes: number
  /** Records that are not in the database yet. */
  readonly waiting: number
  /** The age of the oldest write that is not synced, in milliseconds. */
  readonly unsyncedMs: number
  /** The last failure. It stays after the journal works again. */
  readonly lastError: { readonly message: string; readonly at: Date } | undefined
}
