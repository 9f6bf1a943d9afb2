import type { Grant, GrantCreated } from '../../contract/grants.ts'
import { MICRO_CREDIT_SCALE, numberFromUnits } from '../../core/amounts.ts'
import type { GrantRow, GrantSeriesRow } from '../../storage/tables/grants.ts'

export const credits = (units: bigint): number => numberFromUnits(units, MICRO_CREDIT_SCALE)

/**
 * A grant as callers see it at a moment. It ends at its own instant, even if the database applies
 * that later.
 */
export const grantOf = (row: GrantRow, at: Date): Grant => {
  const state = stateOf(row, at)
  return {
    id: row.id,
    organizationId: row.organization_id,
    source: row.source,
    state,
    seriesId: row.series_id,
    credits: credits(row.micro_credits),
    remaining: state === 'expired' || state === 'ended' ? 0 : credits(row.left_units),
    frozen: credits(row.frozen_units),
    takenBack: credits(row.reversed_units),
    priority: row.priority,
    startsAt: row.starts_at.toISOString(),
    expiresAt: row.expires_at?.toISOString() ?? null,
    reason: row.reason,
    actor: row.actor,
    createdAt: row.created_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
  }
}

const stateOf = (row: GrantRow, at: Date): Grant['state'] => {
  if (row.ended_at) return 'ended'
  if (row.expires_at && row.expires_at <= at) return 'expired'
  if (row.starts_at > at) return 'pending'
  return row.left_units === 0n ? 'used_up' : 'active'
}

export const seriesOf = (row: GrantSeriesRow): NonNullable<GrantCreated['series']> => ({
  id: row.id,
  credits: credits(row.micro_credits),
  everyMonths: row.months,
  rolloverMax: credits(row.rollover_max),
  priority: row.priority,
  startsAt: row.starts_at.toISOString(),
  nextAt: row.next_at?.toISOString() ?? null,
  expiresAt: row.ends_at?.toISOString() ?? null,
  reason: row.reason,
})
