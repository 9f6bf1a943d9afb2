import type { Alert, AlertFiring } from '../../contract/alerts.ts'
import { ALERT_KIND_FACTS, MINUTE_TERMS } from '../../core/alert-kinds.ts'
import { numberFromUnits } from '../../core/amounts.ts'
import type { AlertFiringRow } from '../../storage/tables/alert-firings.ts'
import type { AlertRuleRow, AlertRuleSeen } from '../../storage/tables/alert-rules.ts'
import type { Context } from '../context.ts'
import { ownerOf } from '../events/event-value.ts'

/** A rule as callers see it. For an organization, `enabled` is false if it has muted the rule. */
export const alertOf = (
  ctx: { readonly catalog: Pick<Context['catalog'], 'meter'> },
  row: AlertRuleRow & Partial<Pick<AlertRuleSeen, 'muted'>>,
): Alert => {
  const { fields, unit } = ALERT_KIND_FACTS[row.kind]
  const { terms } = row
  const scale = row.meter === null ? 0 : (ctx.catalog.meter(row.meter)?.scale ?? 0)
  const minutes = (field: keyof typeof MINUTE_TERMS) =>
    fields.includes(field) ? (terms[field] ?? MINUTE_TERMS[field]) : null
  return {
    id: row.id,
    version: row.version,
    kind: row.kind,
    scope: scopeOf(row),
    organizationId: ownerOf(row.organization_id),
    plan: row.plan,
    name: row.name,
    unit,
    thresholds: row.levels.map((at, place) => ({
      at: Number(at),
      severity: row.severities[place] ?? 'warning',
    })),
    meter: row.meter,
    window: row.window_name,
    maximum: row.maximum === null ? null : numberFromUnits(row.maximum, scale),
    endpoint: terms.endpoint ?? null,
    percentile: minutes('percentile'),
    minimumCalls: minutes('minimumCalls'),
    badMinutes: minutes('badMinutes'),
    ofMinutes: minutes('ofMinutes'),
    goodMinutes: minutes('goodMinutes'),
    enabled: row.enabled && row.muted !== true,
    builtIn: row.built_in,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

const scopeOf = (row: AlertRuleRow): Alert['scope'] => {
  if (row.organization_id !== '') return 'organization'
  return row.plan === null ? 'platform' : 'plan'
}

export const firingOf = (row: AlertFiringRow): AlertFiring => ({
  id: row.id,
  organizationId: ownerOf(row.organization_id),
  organizationName: row.organization_name,
  alertId: row.rule_id,
  rule: row.rule_kind,
  severity: row.severity,
  title: row.title,
  subject: row.subject,
  value: row.value,
  threshold: row.threshold,
  maximum: row.maximum,
  unit: row.unit,
  windowStart: row.window_start?.toISOString() ?? null,
  windowEnd: row.window_end?.toISOString() ?? null,
  occurredAt: row.occurred_at.toISOString(),
  decidedAt: row.decided_at.toISOString(),
  standing: row.standing,
  cause: row.cause,
  suppressed: row.suppressed,
  ended: row.ended,
  endedAt: row.ended_at?.toISOString() ?? null,
})
