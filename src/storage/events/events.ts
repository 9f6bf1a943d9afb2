import type { Queryable } from '../database.ts'

export interface EventRow {
  readonly organization_id: string
  readonly id: string
  readonly occurred_at: Date
  readonly reverses: string | null
  readonly event_type: string
  readonly category: string
  readonly user_id: string | null
  readonly session_id: string | null
  readonly api_key_id: string | null
  readonly quantities: Record<string, number | string>
  readonly credits: bigint
  readonly cost_usd: string | null
  readonly price_source: string | null
  /** The price that was applied: `provider/model`, as the price is named. */
  readonly price_name: string | null
  readonly priced_as_text: boolean | null
  readonly provider: string | null
  readonly model: string | null
  readonly input_tokens: bigint | null
  readonly cached_input_tokens: bigint | null
  readonly output_tokens: bigint | null
  readonly reasoning_tokens: bigint | null
  /** Amounts without a column of their own, by the event's field. */
  readonly parts: Readonly<Record<string, number>> | null
  readonly endpoint: string | null
  readonly method: string | null
  readonly status: number | null
  readonly duration_ms: number | null
  readonly catalog_version_id: bigint
  readonly properties: Readonly<Record<string, unknown>> | null
  readonly budget_id: string | null
}

/** Finds an event through the table of ids, so that only one partition is searched. */
export const findEvent = async (
  db: Queryable,
  organizationId: string,
  id: string,
): Promise<EventRow | undefined> => {
  const rows = await db.query<EventRow>(
    `select e.* from tollgate.event_ids i
     join tollgate.events e using (organization_id, id, occurred_at)
     where i.organization_id = $1 and i.id = $2`,
    [organizationId, id],
  )
  return rows[0]
}
