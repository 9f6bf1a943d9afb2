/** A figure that is kept, and what raw events add up to where that is another. */
export interface UsageDifference {
  readonly organizationId: string
  readonly what: string
  readonly window: string
  readonly windowStart: Date
  readonly key: string
  readonly stored: unknown
  readonly recomputed: unknown
}
