import type { AlertKind } from '../../core/alert-kinds.ts'
import type { Severity } from '../../core/severity.ts'
import type { Queryable } from '../database.ts'

export interface AlertFiringRow {
  readonly id: string
  readonly organization_id: string
  readonly organization_name: string | null
  readonly rule_id: string
  readonly rule_kind: AlertKind
  readonly severity: Severity
  readonly title: string
  readonly subject: string | null
  /** An exact decimal, like the other amounts. */
  readonly value: string | null
  readonly threshold: string | null
  readonly maximum: string | null
  readonly unit: string | null
  readonly window_start: Date | null
  readonly window_end: Date | null
  readonly occurred_at: Date
  readonly decided_at: Date
  readonly standing: boolean
  readonly cause: string
  readonly suppressed: string | null
  readonly ended: 'recovered' | 'withdrawn' | 'rule_changed' | null
  readonly ended_at: Date | null
}

export interface FiringsAsked {
  /** Undefined: of all organizations. */
  readonly organizationId: string | undefined
  readonly ruleId: string | undefined
  readonly kind: string | undefined
  readonly severity: string | undefined
  readonly state: 'open' | 'ended' | 'suppressed' | undefined
  readonly from: Date | undefined
  readonly to: Date | undefined
  readonly before: { readonly at: Date; readonly id: string } | undefined
  readonly limit: number
  readonly at: Date
}

const DELETED_AT_ONCE = 5_000

/** Firings, the latest first. The end of its window ends a firing that still counts as open. */
export const listFirings = (db: Queryable, asked: FiringsAsked): Promise<AlertFiringRow[]> =>
  db.query(
    `select id, organization_id,
            (select o.name from tollgate.organizations o where o.id = f.organization_id)
              as organization_name, rule_id, rule_kind, severity, title, subject,
            trim_scale(value)::text as value, trim_scale(threshold)::text as threshold,
            trim_scale(maximum)::text as maximum, unit, window_start, window_end, occurred_at,
            decided_at, standing, cause, suppressed, ended, ended_at
     from tollgate.alert_firings f
     where ($1::text is null or organization_id = $1) and ($2::uuid is null or rule_id = $2)
       and ($3::text is null or rule_kind = $3) and ($4::text is null or severity = $4)
       and case $5::text
             when 'suppressed' then suppressed is not null
             when 'open' then suppressed is null and ended is null
                              and coalesce(window_end > $11, true)
             when 'ended' then suppressed is null
                               and (ended is not null or coalesce(window_end <= $11, false))
             else suppressed is null end
       and ($6::timestamptz is null or decided_at >= $6)
       and ($7::timestamptz is null or decided_at < $7)
       and ($8::timestamptz is null or (decided_at, id) < ($8, $9::uuid))
     order by decided_at desc, id desc limit $10`,
    [
      ...[asked.organizationId ?? null, asked.ruleId ?? null, asked.kind ?? null],
      ...[asked.severity ?? null, asked.state ?? null, asked.from ?? null, asked.to ?? null],
      ...[asked.before?.at ?? null, asked.before?.id ?? null, asked.limit, asked.at],
    ],
  )

/** True of a firing `t` that will get no end: it has one, or only its window ends it. */
const IS_OVER = `(t.ended is not null or t.window_end is not null and not exists (
  select from tollgate.alert_states s where s.firing_id = t.id and s.rule_id = t.rule_id and s.firing))`

/**
 * Deletes older firings, and levels of windows that started before then, a page at a time. Open
 * firings stay, because their end must still be reported.
 */
export const trimAlerts = async (db: Queryable, before: Date): Promise<void> => {
  for (const [table, key, age, isOver] of [
    ['alert_firings', 'id', 'decided_at', IS_OVER],
    ['alert_levels', 'ctid', 'window_start', 'true'],
  ] as const) {
    for (;;) {
      const gone = await db.query(
        `delete from tollgate.${table} where ${key} = any (array(
           select t.${key} from tollgate.${table} t where t.${age} < $1 and ${isOver}
           limit ${DELETED_AT_ONCE}))
         returning 1 as gone`,
        [before],
      )
      if (gone.length < DELETED_AT_ONCE) break
    }
  }
}
