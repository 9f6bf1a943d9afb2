import type { Queryable } from '../database.ts'

/** Puts an override in force. The override that it replaces ends at the same moment. */
export const replaceOverride = async (
  tx: Queryable,
  row: {
    id: string
    organizationId: string
    meter: string
    window: string
    max: bigint | null
    behavior: string
    per?: string | undefined
    burst?: bigint | undefined
    cap?: bigint | undefined
    onFailure?: string | undefined
    decide?: string | undefined
    durable?: boolean | undefined
    anonymous?: string | undefined
    reason: string
    actor: string
    byPlatform: boolean
    expiresAt: Date | null
    at: Date
  },
): Promise<void> => {
  await tx.query(
    `update tollgate.limit_overrides set ended_at = $4
     where organization_id = $1 and meter = $2 and window_name = $3 and per = $5
       and ended_at is null`,
    [row.organizationId, row.meter, row.window, row.at, row.per ?? 'organization'],
  )
  await tx.query(
    `insert into tollgate.limit_overrides
       (id, organization_id, meter, window_name, max, behavior, reason, actor, created_at,
        expires_at, per, burst, cap, on_failure, decide, durable, by_platform, anonymous)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
    [
      row.id,
      row.organizationId,
      row.meter,
      row.window,
      row.max,
      row.behavior,
      row.reason,
      row.actor,
      row.at,
      row.expiresAt,
      row.per ?? 'organization',
      row.burst ?? null,
      row.cap ?? null,
      row.onFailure ?? null,
      row.decide ?? null,
      row.durable ?? false,
      row.byPlatform,
      row.anonymous ?? null,
    ],
  )
}

/** Returns those of the given organizations that have set limits of their own. */
export const withOwnOverrides = async (
  tx: Queryable,
  organizationIds: readonly string[],
  at: Date,
): Promise<string[]> => {
  const rows = await tx.query<{ id: string }>(
    `select distinct organization_id as id from tollgate.limit_overrides
     where organization_id = any ($1::text[]) and not by_platform and ended_at is null
       and (expires_at is null or expires_at > $2)
     order by 1`,
    [organizationIds, at.toISOString()],
  )
  return rows.map(({ id }) => id)
}

/**
 * Ends overrides without replacing them. They count as expired: until another one follows there may
 * be no limit, and an external counter then misses the use of that time.
 */
export const endOverrides = async (
  tx: Queryable,
  ids: readonly string[],
  at: Date,
): Promise<void> => {
  await tx.query(
    `update tollgate.limit_overrides set ended_at = $2, expires_at = $2
     where id = any ($1::uuid[]) and ended_at is null`,
    [ids, at],
  )
}
