/** A plan for display: one entry of `plans` from `GET …/organizations/{id}/plans`. */
export interface PlanChoice {
  /** `catalog/key`. */
  readonly plan: string
  readonly name: string
  /** Decimal text; `null` for a price by agreement. */
  readonly monthlyPriceUsd: string | null
  readonly limits: readonly {
    readonly meter: string
    readonly window: string
    readonly per?: string | undefined
    readonly max: number | null
    readonly behavior: 'hard' | 'soft' | 'overage'
  }[]
  readonly current: boolean
  /** The subscribed version, for the organization's current plan. */
  readonly version?: number | undefined
  readonly newestVersion?: number | undefined
  /** Whether members of the organization may choose it; otherwise only the platform may. */
  readonly selectable?: boolean | undefined
  /** When a scheduled change to this plan takes effect, ISO 8601. */
  readonly scheduledFor?: string | null | undefined
}
