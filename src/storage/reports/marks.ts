import type { Queryable } from '../database.ts'

const FROZEN = `(select c.relfrozenxid::text from pg_class c
  where c.oid = 'tollgate.organizations'::regclass)`

/**
 * Whether anything of an organization can have changed, told by one row. Whoever writes anything of
 * it locks its row first (`lock_organizations`), and PostgreSQL notes in the row which transaction
 * locked it last. So nothing more is written for this. The note is there as soon as the lock is, and
 * does not say whether that transaction is over: see `writersNow`. `relfrozenxid` moves when a
 * vacuum takes such notes away.
 */
const MARK = `concat_ws('/', o.xmin, o.xmax, ${FROZEN})`

/** `version` differs when the organization itself was changed. Undefined: there is none. */
export const organizationMark = async (
  db: Queryable,
  organizationId: string,
): Promise<{ readonly mark: string; readonly version: string } | undefined> => {
  const [row] = await db.query<{ mark: string; version: string }>(
    `select ${MARK} as mark, o.xmin::text as version from tollgate.organizations o where o.id = $1`,
    [organizationId],
  )
  return row
}

/** The mark of all organizations together. */
export const platformMark = async (db: Queryable): Promise<string> => {
  const [row] = await db.query<{ mark: string }>(
    `select concat(md5(string_agg(concat_ws('/', o.id, o.xmin, o.xmax), ',' order by o.id)),
                   ${FROZEN}) as mark
     from tollgate.organizations o`,
    [],
  )
  return row?.mark ?? ''
}

/**
 * The transactions that hold locks of organizations, or may be about to. They hold this one before
 * they lock a row, and until after what they wrote can be read: whoever is not among them is done.
 */
export const writersNow = async (db: Queryable): Promise<readonly string[]> => {
  const rows = await db.query<{ writer: string }>(
    `select distinct virtualtransaction as writer from pg_locks
     where locktype = 'relation' and relation = 'tollgate.organizations'::regclass
       and mode in ('RowShareLock', 'RowExclusiveLock')
       and database = (select oid from pg_database where datname = current_database())`,
    [],
  )
  return rows.map(({ writer }) => writer)
}

/**
 * When something of an organization is next different though nobody writes: a hold or an override
 * expires, or what is due of its credits or its subscription. Null: nothing that is known.
 */
export const nextChangeByItself = async (
  db: Queryable,
  organizationId: string,
  at: Date,
): Promise<Date | undefined> => {
  const [row] = await db.query<{ at: Date | null }>(
    `select least(
       o.credits_due_at, o.change_due_at,
       (select min(r.expires_at) from tollgate.reservations r
        where r.organization_id = o.id and r.state = 'held' and r.expires_at > $2),
       (select min(l.expires_at) from tollgate.limit_overrides l
        where l.organization_id = o.id and l.ended_at is null and l.expires_at > $2)) as at
     from tollgate.organizations o where o.id = $1`,
    [organizationId, at],
  )
  return row?.at ?? undefined
}

/** The same of all organizations together; their billing periods end as well. */
export const nextChangeOfAny = async (db: Queryable, at: Date): Promise<Date | undefined> => {
  const later = (column: string) => `min(${column}) filter (where ${column} > $1)`
  const [row] = await db.query<{ at: Date | null }>(
    `select least(
       ${later('o.credits_due_at')}, ${later('o.change_due_at')}, ${later('o.trial_ends_at')},
       ${later('o.ends_at')}, min(tollgate.window_end('period', $1, o.starts_at)),
       (select min(l.expires_at) from tollgate.limit_overrides l
        where l.ended_at is null and l.expires_at > $1)) as at
     from tollgate.organizations o`,
    [at],
  )
  return row?.at ?? undefined
}
