import type { LimitSubject, LimitWindow } from '../../core/catalog-words.ts'
import type { Queryable } from '../database.ts'
import { textArray } from '../text-array.ts'

/** One counter of one organization, which a process may have on lease. */
export interface LeaseRef {
  readonly organizationId: string
  readonly meter: string
  readonly window: LimitWindow
  /** The window's start; 0 for a limit without windows. */
  readonly startMs: number
  readonly per: LimitSubject
  readonly subject: string
  /** Nothing is granted past it. Undefined: the limit refuses nothing, and nothing is leased. */
  readonly ceiling: number | undefined
  /** For a rate: the units that leak out each minute. */
  readonly max: number | undefined
  /** The window's end; 0 for a limit without windows. */
  readonly endMs: number
}

/** Units of a lease that an event was admitted on. */
export interface LeaseSpent {
  readonly lease: LeaseRef
  readonly units: number
}

export interface LeaseWant {
  /** The ask that this is a part of, from 1. An ask is granted as a whole or not at all. */
  readonly ask: number
  /** Its place within the ask, from 1. */
  readonly want: number
  readonly lease: LeaseRef
  readonly units: number
  /** The most that may be leased in addition to `units`. */
  readonly block: number
  /** The unused part of the lease that the process already has. */
  readonly have: number
}

export interface LeaseAnswer {
  readonly ask: number
  readonly want: number
  readonly taken: boolean
  readonly leased: bigint
  readonly level: bigint
  readonly recallable: boolean
  readonly retry_after_ms: bigint | null
}

const WANT_TYPES = [
  'integer',
  'integer',
  'text',
  'text',
  'text',
  'timestamptz',
  'text',
  'text',
  'bigint',
  'bigint',
  'bigint',
  'bigint',
  'bigint',
  'timestamptz',
]

/** `tollgate.lease_want[]` from the fourteen parameters that follow `after`. */
export const wantsExpression = (after: number): string =>
  `array(select row(w.*)::tollgate.lease_want from unnest(${WANT_TYPES.map(
    (type, index) => `$${after + index + 1}::${type}[]`,
  ).join(', ')}) w)`

const wantParameters = (wants: readonly LeaseWant[]): (string | null)[] => {
  const numbers = (of: (want: LeaseWant) => number | string) => `{${wants.map(of).join(',')}}`
  const texts = (of: (want: LeaseWant) => string) => textArray(wants.map(of))
  return [
    numbers((want) => want.ask),
    numbers((want) => want.want),
    texts(({ lease }) => lease.organizationId),
    texts(({ lease }) => lease.meter),
    texts(({ lease }) => lease.window),
    texts(({ lease }) => new Date(lease.startMs).toISOString()),
    texts(({ lease }) => lease.per),
    texts(({ lease }) => lease.subject),
    numbers((want) => want.units),
    numbers((want) => want.block),
    numbers((want) => want.have),
    numbers(({ lease }) => lease.ceiling ?? 'NULL'),
    numbers(({ lease }) => lease.max ?? 'NULL'),
    texts(({ lease }) => new Date(lease.endMs).toISOString()),
  ]
}

/**
 * The leases that the events of a batch were admitted on. Each lease is listed once. Each use of
 * one is then three numbers: the event's place, the lease's place (both from 1) and the units.
 */
export const spentParameters = (
  spent: readonly (readonly LeaseSpent[] | undefined)[],
): (string | null)[] => {
  const places = new Map<LeaseRef, number>()
  const [items, leases, units]: [number[], number[], number[]] = [[], [], []]
  for (let index = 0; index < spent.length; index++) {
    for (const part of spent[index] ?? []) {
      const place = places.get(part.lease) ?? places.size + 1
      places.set(part.lease, place)
      items.push(index + 1)
      leases.push(place)
      units.push(part.units)
    }
  }
  const wants = [...places.keys()].map((lease) => ({
    ask: 1,
    want: 1,
    lease,
    units: 0,
    block: 0,
    have: 0,
  }))
  return [...wantParameters(wants), ...[items, leases, units].map((list) => `{${list.join(',')}}`)]
}

const TAKE = `select * from tollgate.take_leases(${wantsExpression(0)}, $15, $16::numeric, $17::timestamptz)`

/**
 * Grants leases in the order of the asks, each ask as a whole or not at all. At most `share` of a
 * limit may be on lease at once.
 */
export const takeLeases = (
  db: Queryable,
  wants: readonly LeaseWant[],
  node: { id: string; share: number },
  at: Date,
): Promise<LeaseAnswer[]> =>
  db.query(TAKE, [...wantParameters(wants), node.id, node.share, at.toISOString()])

const GIVE = `select tollgate.give_leases(${wantsExpression(0)}, $15, $16::timestamptz)`

/** Returns unused units of leases. */
export const giveLeases = async (
  db: Queryable,
  unused: readonly LeaseSpent[],
  node: string,
  at: Date,
): Promise<void> => {
  const wants = unused.map(({ lease, units }) => ({
    ask: 1,
    want: 1,
    lease,
    units,
    block: 0,
    have: 0,
  }))
  await db.query(GIVE, [...wantParameters(wants), node, at.toISOString()])
}

/** Records that a process is alive, so that others wait for units that it may return. */
export const seeNode = async (db: Queryable, node: string, at: Date): Promise<void> => {
  await db.query('select tollgate.see_node($1, $2)', [node, at.toISOString()])
}

/**
 * Reclaims all leases of other processes. Call it only where this process alone owns the database.
 */
export const reclaimLeases = async (db: Queryable, node: string): Promise<void> => {
  await db.query('select tollgate.reclaim_leases($1)', [node])
}

/**
 * The ledger's levels of some windows, in the given order.
 *
 * They include expired holds that the external counter still counts. It will be asked to release
 * those, and must not count too little then.
 */
export const levelsOf = async (
  db: Queryable,
  organizationId: string,
  windows: readonly { meter: string; window: string; startMs: number }[],
): Promise<number[]> => {
  const rows = await db.query<{ level: bigint | null }>(
    `with lapsed as materialized (
       select * from tollgate.holds_of(array(
         select id from tollgate.reservations
         where organization_id = $1 and held_elsewhere and state = 'expired')))
     select coalesce(b.used + b.held, 0) + coalesce(h.units, 0) as level
     from unnest($2::text[], $3::text[], $4::timestamptz[])
          with ordinality w (meter, window_name, window_start, place)
     left join tollgate.buckets b
       on (b.organization_id, b.meter, b.window_name, b.window_start)
        = ($1, w.meter, w.window_name, w.window_start)
     left join lapsed h
       on (h.meter, h.window_name, h.window_start) = (w.meter, w.window_name, w.window_start)
     order by w.place`,
    [
      organizationId,
      textArray(windows.map(({ meter }) => meter)),
      textArray(windows.map(({ window }) => window)),
      textArray(windows.map(({ startMs }) => new Date(startMs).toISOString())),
    ],
  )
  return rows.map(({ level }) => Number(level ?? 0n))
}

/** The id of this store. The given id becomes the store's own if it has none yet. */
export const ensureStoreId = async (db: Queryable, id: string): Promise<string> => {
  await db.query('insert into tollgate.store (id) values ($1) on conflict do nothing', [id])
  const rows = await db.query<{ id: string }>('select id from tollgate.store')
  return rows[0]?.id ?? id
}
