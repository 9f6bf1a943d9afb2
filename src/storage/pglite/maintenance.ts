import { BrokenEngineError, type Session } from './session.ts'

/** Does for the embedded database what a server's background processes would. */
export interface Maintenance {
  /** To be called between transactions; `busyMs` is how long the engine just worked. */
  after(busyMs: number): Promise<void>
}

// PGlite writes at most some 100 MB of log a second here, so a look every 50 ms of work is never
// more than a few MB late, and at 20 µs a look costs nothing.
const lookEveryMs = 50

/**
 * PGlite checkpoints by neither size nor time, and runs no autovacuum: its log would grow without
 * end, and so would the time to open after a crash and the dead rows of busy tables. So after
 * `everyBytes` of log this issues CHECKPOINT, then vacuums the tables that are due by
 * autovacuum's own thresholds.
 *
 * A failure is not reported: the statement before it has been committed, and what makes a
 * checkpoint fail (a full disk) fails the next statement too. The next look tries again.
 */
export const createMaintenance = (session: Session, everyBytes: number): Maintenance => {
  let unseenMs = lookEveryMs
  let checkpointAt: bigint | undefined

  return {
    after: async (busyMs) => {
      unseenMs += busyMs
      if (unseenMs < lookEveryMs || session.inTransaction) return
      unseenMs = 0
      try {
        const at = await logPosition(session)
        checkpointAt ??= at
        if (at - checkpointAt < BigInt(everyBytes)) return
        await session.query('checkpoint')
        checkpointAt = at
        await vacuumWhatIsDue(session)
      } catch (error) {
        if (error instanceof BrokenEngineError) throw error
        await session.rollback()
      }
    },
  }
}

const logPosition = async (session: Session): Promise<bigint> => {
  const [row] = await session.query(
    `select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint as position`,
    [],
  )
  return row?.position as bigint
}

// The thresholds are PostgreSQL's defaults. The busiest tables only, so that one round is short.
const dueTables = `
  select format('%I.%I', schemaname, relname) as name,
         n_dead_tup > 50 + 0.2 * n_live_tup as dead
  from pg_stat_user_tables
  where n_dead_tup > 50 + 0.2 * n_live_tup or n_mod_since_analyze > 50 + 0.1 * n_live_tup
  order by n_dead_tup + n_mod_since_analyze desc
  limit 4`

const vacuumWhatIsDue = async (session: Session): Promise<void> => {
  // Counts are otherwise written down once a second at most.
  await session.query('select pg_stat_force_next_flush()', [])
  for (const { name, dead } of await session.query(dueTables, [])) {
    await session.query(`${dead ? 'vacuum (analyze, truncate off)' : 'analyze'} ${name}`)
  }
}
