import type {
  AnonymousPolicy,
  DecisionMode,
  FailurePolicy,
  LimitBehavior,
  LimitSubject,
  LimitWindow,
} from '../../core/catalog-words.ts'
import type { LimitTerms } from '../../core/limit-tightening.ts'
import type { Queryable } from '../database.ts'

/** The terms of a limit in a plan or an override. Amounts are in the meter's smallest unit. */
export type StoredTerms = LimitTerms & { readonly decide: DecisionMode | null }

/** An override that is in force. */
type StoredOverride = StoredTerms & {
  readonly id: string
  /** True if the platform has set it, false if the organization's own people have. */
  readonly byPlatform: boolean
  readonly reason: string
  readonly createdAt: Date
  readonly expiresAt: Date | null
}

/** A limit that is in force, with the terms of its plan, its override or both. */
export interface LimitSources {
  readonly organizationId: string
  readonly meter: string
  readonly scale: number
  readonly window: LimitWindow
  readonly per: LimitSubject
  readonly plan: StoredTerms | undefined
  readonly override: StoredOverride | undefined
}

/** Every limit of some organizations that is in force at a moment, with its sources. */
export const limitSources = async (
  db: Queryable,
  organizationIds: readonly string[],
  at: Date,
): Promise<LimitSources[]> => {
  const rows = await db.query<Row>(
    `select organization_id, meter, m.scale, window_name, per, p.max as plan_max,
            p.behavior as plan_behavior, p.burst as plan_burst, p.cap as plan_cap,
            p.on_failure as plan_on_failure, p.decide as plan_decide, p.durable as plan_durable,
            p.anonymous as plan_anonymous, x.anonymous,
            x.id, x.max, x.behavior, x.burst, x.cap, x.on_failure, x.decide, x.durable,
            x.by_platform, x.reason, x.created_at, x.expires_at
     from (select o.id as organization_id, l.*
           from tollgate.organizations o join tollgate.plan_limits l using (plan_version_id)
           where o.id = any ($1::text[])) p
     full join (select * from tollgate.limit_overrides
                where organization_id = any ($1::text[]) and ended_at is null
                  and (expires_at is null or expires_at > $2)) x
       using (organization_id, meter, window_name, per)
     join tollgate.meters m on m.key = meter
     order by organization_id, meter, window_name, per`,
    [organizationIds, at.toISOString()],
  )
  return rows.map(fromRow)
}

interface Limit {
  readonly organization_id: string
  readonly meter: string
  readonly scale: number
  readonly window_name: LimitWindow
  readonly per: LimitSubject
}

interface Planned {
  readonly plan_max: bigint | null
  readonly plan_behavior: LimitBehavior
  readonly plan_burst: bigint | null
  readonly plan_cap: bigint | null
  readonly plan_on_failure: FailurePolicy | null
  readonly plan_decide: DecisionMode | null
  readonly plan_durable: boolean
  readonly plan_anonymous: AnonymousPolicy | null
}

interface Overriding {
  readonly id: string
  readonly max: bigint | null
  readonly behavior: LimitBehavior
  readonly burst: bigint | null
  readonly cap: bigint | null
  readonly on_failure: FailurePolicy | null
  readonly decide: DecisionMode | null
  readonly durable: boolean
  readonly anonymous: AnonymousPolicy | null
  readonly by_platform: boolean
  readonly reason: string
  readonly created_at: Date
  readonly expires_at: Date | null
}

/** In a full join, the side without a match is null in every column. */
type Row = Limit & (Planned | { plan_behavior: null }) & (Overriding | { id: null })

const fromRow = (row: Row): LimitSources => {
  const { meter, window_name: window } = row
  return {
    organizationId: row.organization_id,
    meter,
    scale: row.scale,
    window,
    per: row.per,
    plan:
      row.plan_behavior === null
        ? undefined
        : {
            meter,
            window,
            behavior: row.plan_behavior,
            durable: row.plan_durable,
            max: row.plan_max,
            burst: row.plan_burst,
            cap: row.plan_cap,
            onFailure: row.plan_on_failure,
            decide: row.plan_decide,
            anonymous: row.plan_anonymous,
          },
    override: row.id === null ? undefined : { meter, window, ...overrideOf(row) },
  }
}

const overrideOf = (row: Overriding): Omit<StoredOverride, 'meter' | 'window'> => ({
  id: row.id,
  byPlatform: row.by_platform,
  reason: row.reason,
  behavior: row.behavior,
  max: row.max,
  burst: row.burst,
  cap: row.cap,
  durable: row.durable,
  onFailure: row.on_failure,
  decide: row.decide,
  anonymous: row.anonymous,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
})
