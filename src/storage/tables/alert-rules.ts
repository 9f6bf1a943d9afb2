import type { AlertKind } from '../../core/alert-kinds.ts'
import type { Severity } from '../../core/severity.ts'
import type { Queryable } from '../database.ts'

/** Settings of a rule in addition to its thresholds. A missing setting has its default. */
export interface StoredAlertTerms {
  readonly endpoint?: string
  readonly percentile?: number
  readonly minimumCalls?: number
  readonly badMinutes?: number
  readonly ofMinutes?: number
  readonly goodMinutes?: number
}

export interface AlertRuleRow {
  readonly id: string
  readonly version: number
  /** The owner; '' for the platform. */
  readonly organization_id: string
  readonly plan: string | null
  readonly kind: AlertKind
  readonly name: string | null
  readonly meter: string | null
  readonly window_name: string | null
  readonly maximum: bigint | null
  /** In rising order. */
  readonly levels: readonly string[]
  readonly severities: readonly Severity[]
  readonly terms: StoredAlertTerms
  readonly enabled: boolean
  readonly built_in: boolean
  readonly created_at: Date
  readonly updated_at: Date
}

/** A rule as an organization sees it. */
export type AlertRuleSeen = AlertRuleRow & { readonly muted: boolean }

const NAMES = `id, version, organization_id, plan, kind, name, meter, window_name, maximum,
  terms, enabled, built_in, created_at, updated_at, severities`
const COLUMNS = `${NAMES}, levels::text[] as levels`

/** The place in the list after which a page starts. */
export interface AlertRulePlace {
  readonly at: Date
  readonly id: string
}

/** An owner's own rules, in the order of creation. */
export const listAlertRules = (
  db: Queryable,
  organizationId: string,
  page: { readonly after: AlertRulePlace | undefined; readonly limit: number },
): Promise<AlertRuleSeen[]> =>
  db.query(
    `select ${COLUMNS}, false as muted from tollgate.alert_rules r
     where r.organization_id = $1 and ${AFTER}
     order by created_at, id limit $4`,
    [organizationId, page.after?.at ?? null, page.after?.id ?? null, page.limit],
  )

/**
 * The platform's rules that apply to an organization, and whether it has muted each. Rules of
 * `kindsOfPlatform` are left out, since they are about the platform itself.
 */
export const listInheritedRules = (
  db: Queryable,
  organizationId: string,
  kindsOfPlatform: readonly AlertKind[],
  page: { readonly after: AlertRulePlace | undefined; readonly limit: number },
): Promise<AlertRuleSeen[]> =>
  db.query(
    `select ${COLUMNS}, ${MUTED} as muted from tollgate.alert_rules r
     where ${INHERITED} and not r.kind = any ($5::text[]) and ${AFTER}
     order by created_at, id limit $4`,
    [
      ...[organizationId, page.after?.at ?? null, page.after?.id ?? null, page.limit],
      kindsOfPlatform,
    ],
  )

/** Finds one of an owner's own rules. */
export const findAlertRule = async (
  db: Queryable,
  organizationId: string,
  id: string,
): Promise<AlertRuleSeen | undefined> => {
  const rows = await db.query<AlertRuleSeen>(
    `select ${COLUMNS}, false as muted from tollgate.alert_rules r
     where r.organization_id = $1 and r.id = $2`,
    [organizationId, id],
  )
  return rows[0]
}

/** Finds a rule of the platform that applies to an organization. */
export const findInheritedRule = async (
  db: Queryable,
  organizationId: string,
  kindsOfPlatform: readonly AlertKind[],
  id: string,
): Promise<AlertRuleSeen | undefined> => {
  const rows = await db.query<AlertRuleSeen>(
    `select ${COLUMNS}, ${MUTED} as muted from tollgate.alert_rules r
     where ${INHERITED} and not r.kind = any ($3::text[]) and r.id = $2`,
    [organizationId, id, kindsOfPlatform],
  )
  return rows[0]
}

const MUTED = `exists (select from tollgate.alert_mutes m
  where m.organization_id = $1 and m.rule_id = r.id)`
const INHERITED = `r.organization_id = '' and (r.plan is null or r.plan = (
  select v.catalog || '/' || v.plan from tollgate.organizations o
  join tollgate.plan_versions v on v.id = o.plan_version_id where o.id = $1))`
const AFTER = '($2::timestamptz is null or (created_at, id) > ($2, $3::uuid))'

export const countAlertRules = async (tx: Queryable, organizationId: string): Promise<number> => {
  const rows = await tx.query<{ count: bigint }>(
    'select count(*) as count from tollgate.alert_rules where organization_id = $1',
    [organizationId],
  )
  return Number(rows[0]?.count ?? 0)
}

export const insertAlertRule = async (tx: Queryable, row: AlertRuleRow): Promise<void> => {
  await tx.query(
    `insert into tollgate.alert_rules (id, version, organization_id, plan, kind, name, meter,
       window_name, maximum, levels, severities, terms, enabled, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)`,
    [...[row.id, row.version, row.organization_id, row.plan, row.kind], ...changing(row)],
  )
}

export const updateAlertRule = async (tx: Queryable, row: AlertRuleRow): Promise<void> => {
  await tx.query(
    `update tollgate.alert_rules
     set version = $2, name = $3, meter = $4, window_name = $5, maximum = $6, levels = $7,
         severities = $8, terms = $9, enabled = $10, updated_at = $11
     where id = $1`,
    [row.id, row.version, ...changing(row)],
  )
}

const changing = (row: AlertRuleRow) => [
  ...[row.name, row.meter, row.window_name, row.maximum, row.levels, row.severities],
  ...[row.terms, row.enabled, row.updated_at],
]

export const deleteAlertRule = async (tx: Queryable, id: string): Promise<void> => {
  await tx.query('delete from tollgate.alert_rules where id = $1', [id])
}

/** Mutes a rule of the platform for an organization, or unmutes it. */
export const muteAlertRule = async (
  tx: Queryable,
  organizationId: string,
  id: string,
  isMuted: boolean,
): Promise<void> => {
  await tx.query(
    isMuted
      ? `insert into tollgate.alert_mutes (organization_id, rule_id) values ($1, $2)
         on conflict do nothing`
      : 'delete from tollgate.alert_mutes where organization_id = $1 and rule_id = $2',
    [organizationId, id],
  )
}

/**
 * Resets the states and ends the open firings of a rule that has changed, in one organization or in
 * all.
 */
export const forgetStates = async (
  tx: Queryable,
  ruleId: string,
  organizationId: string | null,
  at: Date,
): Promise<void> => {
  await tx.query(
    `with calm as (
       update tollgate.alert_states set firing = false, bad = 0, good = 0
       where rule_id = $1 and ($2::text is null or organization_id = $2))
     update tollgate.alert_firings set ended = 'rule_changed', ended_at = $3
     where rule_id = $1 and ($2::text is null or organization_id = $2) and ended is null`,
    [ruleId, organizationId, at],
  )
}

/**
 * Evaluates all of an organization's running windows, because its rules have changed. The caller
 * must hold its lock.
 */
export const refreshAlerts = async (
  tx: Queryable,
  organizationId: string,
  at: Date,
): Promise<void> => {
  await tx.query('select tollgate.refresh_alerts(array[$1::text], $2)', [organizationId, at])
}

/**
 * Call this when a rule of the platform has changed. Every organization then counts as not
 * evaluated.
 */
export const nextAlertEpoch = async (tx: Queryable): Promise<void> => {
  await tx.query('update tollgate.alert_epoch set epoch = epoch + 1')
}
