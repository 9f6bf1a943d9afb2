/** A stored figure that differs from the sum of the raw events. */
export interface UsageDifference {
  readonly organizationId: string
  readonly what: string
  readonly window: string
  readonly windowStart: Date
  readonly key: string
  readonly stored: unknown
  readonly recomputed: unknown
}
