import type { Queryable } from './database.ts'

/**
 * Tells whether anything was written since, of an organization or of the whole platform.
 *
 * Every writer locks the organization's row first (`lock_organizations`). PostgreSQL stores in the
 * row the transaction that locked it last (`xmax`), and the one that wrote the row (`xmin`). The
 * revision is made of both, so nothing more is written for it. A column would cost decisions up to
 * 6 % (docs/decisions/0039-a-revision-that-costs-no-write.md).
 *
 * - If two revisions are equal, no transaction locked the organization in between.
 * - A revision is visible as soon as the row is locked, before the transaction's writes are. So a
 *   value belongs to a revision only if it was read after all who were writing when the revision was
 *   first seen (`writersNow`) had ended. `engine/cache.ts` applies this.
 * - Some values change without a write: see `nextChangeByItself`.
 * - Compare revisions inside a process only, and within minutes. A database that is restored from a
 *   backup assigns the same transaction ids again, so a revision cannot be an ETag.
 */

/** Changes when a vacuum removes old transaction ids from the rows. */
const FROZEN = `(select c.relfrozenxid::text from pg_class c
  where c.oid = 'tollgate.organizations'::regclass)`

/** Changes with each update of an organization's own row. For a query of organizations `o`. */
export const ROW_VERSION = 'o.xmin::text'

/** The revision of an organization, and the version of its row. Undefined: it does not exist. */
export const organizationRevision = async (
  db: Queryable,
  organizationId: string,
): Promise<{ readonly revision: string; readonly rowVersion: string } | undefined> => {
  const [row] = await db.query<{ revision: string; row_version: string }>(
    `select concat_ws('/', o.xmin, o.xmax, ${FROZEN}) as revision, ${ROW_VERSION} as row_version
     from tollgate.organizations o where o.id = $1`,
    [organizationId],
  )
  return row && { revision: row.revision, rowVersion: row.row_version }
}

/**
 * The revision of all organizations together: the sum of one 64-bit hash for each. It reads all
 * their rows, some 3 ms for 10,000.
 */
export const platformRevision = async (db: Queryable): Promise<string> => {
  const [row] = await db.query<{ revision: string }>(
    `select concat_ws('/', sum(hashint8extended(
        (o.xmin::text::bigint << 32) | o.xmax::text::bigint, hashtextextended(o.id, 0))),
       ${FROZEN}) as revision
     from tollgate.organizations o`,
    [],
  )
  return row?.revision ?? ''
}

/**
 * The transactions that hold locks of organizations, or may be about to. They take this lock before
 * they lock a row, and hold it until their writes are visible. So a transaction that is not listed
 * is done.
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
 * The time when something of an organization changes next without a write. A hold or an override
 * expires, or a change of its credits or subscription is due. Undefined: no such change is known.
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

/**
 * Like `nextChangeByItself`, for all organizations together. It includes the ends of their billing
 * periods.
 */
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
