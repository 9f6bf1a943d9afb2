import type { Queryable } from '../database.ts'
import type { StoredLimit } from './usage.ts'

export interface DecisionRow {
  readonly id: string
  readonly decided_at: Date
  readonly verb: 'track' | 'reserve' | 'extend'
  readonly event_id: string
  readonly event_type: string
  readonly occurred_at: Date
  readonly allowed: boolean
  readonly credits: bigint
  readonly quantities: Record<string, number | string>
  readonly limits: readonly StoredLimit[]
  readonly warn_percent: number
  readonly catalog: string
  readonly catalog_version: number
}

export const findDecision = async (
  db: Queryable,
  organizationId: string,
  id: string,
): Promise<DecisionRow | undefined> => {
  const rows = await db.query<DecisionRow>(
    `select d.id, d.decided_at, d.verb, d.event_id, d.event_type, d.occurred_at, d.allowed,
            d.credits, d.quantities, d.limits, d.warn_percent, c.catalog,
            c.version as catalog_version
     from tollgate.decisions d
     join tollgate.catalog_versions c on c.id = d.catalog_version_id
     where d.id = $2 and d.organization_id = $1`,
    [organizationId, id],
  )
  return rows[0]
}
