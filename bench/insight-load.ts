import { readFileSync } from 'node:fs'
import type { TollgateEngine } from '../src/contract/tollgate.ts'
import type { Database } from '../src/storage/database.ts'

/**
 * Fills a PostgreSQL database with a month of events of many organizations, a day at a time. One
 * statement generates the events, and `doctor`'s own repair computes the roll-ups. It is
 * repeatable: an event's number determines its content.
 */

const DAY_MS = 86_400_000
const DAYS = 30
const TYPES = 8

export const organizationNumber = (n: number): string => `org-${String(n).padStart(4, '0')}`

export interface Load {
  readonly events: number
  readonly organizations: number
}

export interface Loaded extends Load {
  readonly from: Date
  readonly to: Date
  readonly eventTypes: readonly string[]
  readonly categories: readonly string[]
}

interface CatalogFile {
  readonly eventTypes: readonly { key: string; category: string; baseCredits: number }[]
}

export const loadEvents = async (
  tollgate: TollgateEngine,
  db: Database,
  load: Load,
  onDay: (day: number, of: number) => void = () => undefined,
): Promise<Loaded> => {
  const { from, to, types } = contentsOf()
  for (let n = 0; n < load.organizations; n++) {
    const id = organizationNumber(n)
    const plan = n % 3 === 0 ? 'ai-workspace/enterprise' : 'ai-workspace/professional'
    await tollgate.organizations.create({ id, name: id, plan, startsAt: from })
  }
  await db.query('select tollgate.ensure_partitions($1, $2)', [from, to])
  const stepMs = (to.getTime() - from.getTime()) / load.events
  for (let day = 0; day < DAYS; day++) {
    const start = new Date(from.getTime() + day * DAY_MS)
    const first = Math.ceil((day * DAY_MS) / stepMs)
    const last = Math.min(Math.ceil(((day + 1) * DAY_MS) / stepMs), load.events)
    const numbers = [first, last - 1, load.organizations, from, stepMs]
    const typeColumns = [
      types.map(({ key }) => key),
      types.map(({ category }) => category),
      // In micro-credits.
      types.map(({ baseCredits }) => Math.round(baseCredits * 1_000_000)),
    ]
    await db.query(INSERT_EVENTS, [...numbers, ...typeColumns])
    const range = [start, new Date(start.getTime() + DAY_MS)]
    await db.query(INSERT_ROLLUPS, range)
    await db.query(INSERT_LATENCIES, range)
    onDay(day + 1, DAYS)
  }
  await db.query(INSERT_BUCKETS, [])
  // As autovacuum does in time: it sets the visibility map and the statistics.
  for (const table of ['events', 'rollups', 'latency_rollups', 'buckets', 'organizations']) {
    await db.script(`vacuum (analyze) tollgate.${table}`)
  }
  return loadedBefore(load)
}

/** The contents of a database filled in this way. */
export const loadedBefore = (load: Load): Loaded => {
  const { from, to, types } = contentsOf()
  const categories = [...new Set(types.map(({ category }) => category))]
  return { ...load, from, to, eventTypes: types.map(({ key }) => key), categories }
}

const contentsOf = () => {
  const to = new Date()
  const from = new Date((Math.floor(to.getTime() / DAY_MS) - DAYS + 1) * DAY_MS)
  const file: CatalogFile = JSON.parse(readFileSync('catalogs/ai-workspace.json', 'utf8'))
  const all = file.eventTypes
  return { from, to, types: all.filter((_, n) => n % Math.ceil(all.length / TYPES) === 0) }
}

/** The number of distinct values per column, so that no two columns correlate. */
const mixed = (salt: number): string => `(hashint8extended(n, ${salt}) & 1073741823)`

const INSERT_EVENTS = `
  insert into tollgate.events
    (organization_id, occurred_at, id, received_at, event_type, category, user_id, session_id,
     quantities, credits, cost_usd, price_source, provider, model, input_tokens, output_tokens,
     endpoint, method, status, duration_ms, catalog_version_id, properties)
  select 'org-' || lpad((n % $3)::text, 4, '0'), e.at, 'event-' || n, e.at, t.key, t.category,
         'user-' || ${mixed(2)} % 25, 'session-' || ${mixed(3)} % 400,
         jsonb_build_object('credits', t.base * e.complexity, 'ai_calls', 1),
         t.base * e.complexity, 0.000001 * (${mixed(4)} % 20000), 'library', 'openai',
         (array['gpt-4o', 'gpt-4o-mini', 'o3-mini'])[1 + ${mixed(5)} % 3],
         100 + ${mixed(6)} % 4000, 10 + ${mixed(7)} % 800,
         '/api/ai/' || t.key, 'POST', case when ${mixed(8)} % 60 = 0 then 500 else 200 end,
         (30 * exp((${mixed(9)} % 1000) / 200.0))::integer, 1,
         jsonb_build_object('complexity', e.complexity)
  from generate_series($1::bigint, $2::bigint) n
  cross join lateral (
    select date_trunc('milliseconds', $4::timestamptz + make_interval(secs => n * $5::float8 / 1000))
             as at,
           1 + ${mixed(10)} % 4 as complexity,
           1 + ${mixed(1)} % cardinality($6::text[]) as place) e
  cross join lateral (
    select ($6::text[])[e.place] as key, ($7::text[])[e.place] as category,
           ($8::bigint[])[e.place] as base) t`

const INSERT_ROLLUPS = `
  insert into tollgate.rollups
  select organization_id, dimension, grain, window_start, key, events, coalesce(errors, 0),
         coalesce(unpriced, 0), credits, cost_usd, input_tokens, cached_input_tokens,
         output_tokens, reasoning_tokens, coalesce(timed, 0), duration_ms
  from tollgate.recompute_rollups($1, $2)`

const INSERT_LATENCIES = `
  insert into tollgate.latency_rollups
  select organization_id, endpoint, day, array_agg(bucket order by bucket),
         array_agg(calls order by bucket)
  from tollgate.recompute_latencies($1, $2) group by 1, 2, 3`

const INSERT_BUCKETS = `
  insert into tollgate.buckets (organization_id, meter, window_name, window_start, used)
  select r.organization_id, m.meter, w.window_name,
         tollgate.window_start(w.window_name, r.window_start, o.starts_at), sum(m.units)
  from tollgate.rollups r
  join tollgate.organizations o on o.id = r.organization_id
  cross join lateral (values ('credits', r.credits), ('ai_calls', r.events)) m (meter, units)
  cross join tollgate.calendar_windows() w
  where r.dimension = 'total' and r.grain = 'hour'
  group by 1, 2, 3, 4`
