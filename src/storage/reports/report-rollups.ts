import type { Queryable } from '../database.ts'
import {
  type KeyedFigures,
  type RollupFigures,
  type RollupOrder,
  type RollupRange,
  SUMS,
} from './rollups.ts'

/** Reads of roll-ups for reports whose days need not be those of UTC. */

export interface DayFigures extends RollupFigures {
  /** From 0: of the day that begins with the boundary of that place. */
  readonly place: number
  /** The sums of the parts of the calls; null: none. */
  readonly parts: Readonly<Record<string, number>> | null
}

/** One organization's totals by days that begin at these moments; those without use left out. */
export const totalsByDay = (
  db: Queryable,
  organizationId: string,
  days: {
    readonly grain: RollupRange['grain']
    readonly boundaries: readonly Date[]
    readonly to: Date
  },
): Promise<DayFigures[]> =>
  db.query(
    `select width_bucket(r.window_start, $3::timestamptz[]) - 1 as place, ${SUMS},
            tollgate.sum_parts(r.parts) as parts
     from tollgate.rollups r
     where r.organization_id = $1 and r.dimension = 'total' and r.grain = $2 and r.key = ''
       and r.window_start >= ($3::timestamptz[])[1] and r.window_start < $4
     group by 1 order by 1`,
    [organizationId, days.grain, days.boundaries, days.to],
  )

/** A range in whole hours. */
export type HourRange = Omit<RollupRange, 'grain'>

/** The whole days of it from roll-ups of days, and what is left at both ends from those of hours. */
const IN_HOURS = `tollgate.rollups r where r.organization_id = $1 and r.dimension = $2`
const BY_PARTS = `(
  select r.* from ${IN_HOURS} and r.grain = 'day' and r.window_start >= $4 and r.window_start < $5
  union all
  select r.* from ${IN_HOURS} and r.grain = 'hour' and r.window_start >= $3 and r.window_start < $4
  union all
  select r.* from ${IN_HOURS} and r.grain = 'hour' and r.window_start >= $5 and r.window_start < $6
) r`

const DAY_MS = 86_400_000

/** Where the whole days in it begin and end; both where it begins, if there is none in it. */
const partValues = ({ dimension, from, to }: HourRange): unknown[] => {
  const first = Math.ceil(from.getTime() / DAY_MS) * DAY_MS
  const last = Math.floor(to.getTime() / DAY_MS) * DAY_MS
  const [start, end] = first < last ? [new Date(first), new Date(last)] : [from, from]
  return [dimension, from, start, end, to]
}

/** `topOf` of a range that need not be of whole days. */
export const topInHours = (
  db: Queryable,
  organizationId: string,
  range: HourRange,
  top: { readonly by: RollupOrder; readonly limit: number },
): Promise<KeyedFigures[]> =>
  db.query(
    `select * from (select r.key, ${SUMS} from ${BY_PARTS} group by r.key) k
     order by ${top.by} desc, key limit $7`,
    [organizationId, ...partValues(range), top.limit],
  )

/** How many keys one organization has in such a range. */
export const countInHours = async (
  db: Queryable,
  organizationId: string,
  range: HourRange,
): Promise<number> => {
  const [row] = await db.query<{ keys: number }>(
    `select count(distinct r.key)::integer as keys from ${BY_PARTS}`,
    [organizationId, ...partValues(range)],
  )
  return row?.keys ?? 0
}
