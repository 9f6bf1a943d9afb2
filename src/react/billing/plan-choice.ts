/** What is shown of a plan: the fields of one of `plans` of `GET …/organizations/{id}/plans`. */
export interface PlanChoice {
  /** `catalog/key`. */
  readonly plan: string
  readonly name: string
  /** Decimal text; null: by agreement. */
  readonly monthlyPriceUsd: string | null
  readonly limits: readonly {
    readonly meter: string
    readonly window: string
    readonly per?: string | undefined
    readonly max: number | null
    readonly behavior: 'hard' | 'soft' | 'overage'
  }[]
  readonly current: boolean
  /** Of the plan that it is on, the version that it is on. */
  readonly version?: number | undefined
  readonly newestVersion?: number | undefined
  /** Whether the organization's own people may choose it; otherwise the platform does. */
  readonly selectable?: boolean | undefined
  /** When it begins, where that is agreed. */
  readonly scheduledFor?: string | null | undefined
}
