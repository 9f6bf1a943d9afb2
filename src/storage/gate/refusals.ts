import type { LimitSubject, LimitWindow } from '../../core/catalog-words.ts'
import type { Queryable } from '../database.ts'

/**
 * Selects refusals of the gate in a range of time. Without an organization it selects those of all.
 */
export interface RefusalRange {
  readonly organizationId: string | undefined
  readonly grain: 'hour' | 'day'
  readonly from: Date
  readonly to: Date
}

/** How many calls were refused in each hour or day (UTC) that had any. */
export const refusalsByTime = (
  db: Queryable,
  { grain, ...range }: RefusalRange,
): Promise<{ readonly window_start: Date; readonly refusals: number }[]> =>
  db.query(
    `select date_trunc($3, d.decided_at, 'UTC') as window_start, count(*)::float8 as refusals
     from tollgate.decisions d where ${refusedIn(range)} group by 1 order by 1`,
    [range.from, range.to, grain, ...idOf(range)],
  )

export interface LimitRefusals {
  readonly meter: string
  readonly window: LimitWindow
  readonly per: LimitSubject
  readonly refusals: number
}

/**
 * How many calls each limit refused, most first. A call that several limits refuse counts for each
 * of them.
 */
export const refusalsByLimit = (
  db: Queryable,
  range: Omit<RefusalRange, 'grain'>,
  limit: number,
): Promise<LimitRefusals[]> =>
  db.query(
    `select l ->> 'meter' as meter, l ->> 'window' as window, l ->> 'per' as per,
            count(*)::float8 as refusals
     from tollgate.decisions d cross join lateral jsonb_array_elements(d.seen -> 'limits') l
     where ${refusedIn(range)} and (l ->> 'refused')::boolean
     group by 1, 2, 3 order by 4 desc, 1, 2, 3 limit $3`,
    [range.from, range.to, limit, ...idOf(range)],
  )

/** How many calls of each of these organizations were refused. */
export const refusalsOf = async (
  db: Queryable,
  organizationIds: readonly string[],
  { from, to }: Pick<RefusalRange, 'from' | 'to'>,
): Promise<ReadonlyMap<string, number>> => {
  const rows = await db.query<{ id: string; refusals: number }>(
    `select organization_id as id, count(*)::float8 as refusals from tollgate.decisions
     where not allowed and decided_at >= $1 and decided_at < $2
       and organization_id = any ($3::text[])
     group by 1`,
    [from, to, organizationIds],
  )
  return new Map(rows.map(({ id, refusals }) => [id, refusals]))
}

type Asked = Pick<RefusalRange, 'organizationId'>

/** Parameters 1 and 2 are the range. Parameter 4 is the organization, where one is given. */
const refusedIn = ({ organizationId }: Asked): string =>
  `not d.allowed and d.decided_at >= $1 and d.decided_at < $2${
    organizationId === undefined ? '' : ' and d.organization_id = $4'
  }`

const idOf = ({ organizationId }: Asked): readonly string[] =>
  organizationId === undefined ? [] : [organizationId]
