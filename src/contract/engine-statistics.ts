/** Counters since the start, and gauges. */
export interface EngineStatistics {
  readonly eventsRecorded: number
  readonly eventsDuplicate: number
  readonly eventsRejected: number
  readonly eventsUnpriced: number
  readonly decisionsAllowed: number
  readonly decisionsRefused: number
  /** Events of Stripe that were new, those that came again, and use that its meters did not take. */
  readonly stripeEvents: number
  readonly stripeEventsRepeated: number
  readonly stripeMeterErrors: number
  readonly batches: number
  readonly queued: number
  /** Acts that the audit log could not take while the store was away and its queue was full. */
  readonly auditDropped: number
}
