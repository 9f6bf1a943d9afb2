import type {
  Aggregation,
  DecisionMode,
  FailurePolicy,
  LimitBehavior,
  LimitSubject,
  LimitWindow,
} from '../../core/catalog-words.ts'
import type { Queryable } from '../database.ts'

/** A limit of an organization that is in force; amounts in the meter's smallest unit. */
export interface LimitRow {
  readonly meter: string
  readonly aggregation: Aggregation
  readonly window_name: LimitWindow
  readonly per: LimitSubject
  readonly max: bigint | null
  readonly behavior: LimitBehavior
  readonly burst: bigint | null
  readonly cap: bigint | null
  /** Past it a call is refused; null: none is. */
  readonly ceiling: bigint | null
  readonly on_failure: FailurePolicy | null
  readonly decide: DecisionMode | null
  readonly durable: boolean
  readonly overridden: boolean
  /** When the first of the overrides in force expires by itself. */
  readonly next_expiry: Date | null
}

export const limitsInForce = (
  db: Queryable,
  organizationId: string,
  at: Date,
): Promise<LimitRow[]> =>
  db.query(
    `select l.meter, l.aggregation, l.window_name, l.per, l.max, l.behavior, l.burst, l.cap,
            tollgate.ceiling_of(l.window_name, l.behavior, l.max, l.burst, l.cap) as ceiling,
            l.on_failure, l.decide, l.durable, l.overridden,
            (select min(o.expires_at) from tollgate.limit_overrides o
             where o.organization_id = $1 and o.ended_at is null and o.expires_at > $2)
              as next_expiry
     from tollgate.limits_in_force(array[$1::text], $2::timestamptz) l`,
    [organizationId, at.toISOString()],
  )
