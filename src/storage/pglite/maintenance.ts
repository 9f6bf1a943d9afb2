import { BrokenEngineError, type Session } from './session.ts'

/** Does for the embedded database what a server's background processes would do. */
export interface Maintenance {
  /** Call it between transactions. `busyMs` is how long the engine has just worked. */
  after(busyMs: number): Promise<void>
}

// PGlite writes at most some 100 MB of log a second here. A check after each 50 ms of work is thus
// at most a few MB late. A check takes 20 µs.
const lookEveryMs = 50

/**
 * PGlite checkpoints by neither size nor time, and runs no autovacuum. Its log would grow without
 * end, as would the recovery time after a crash and the dead rows of busy tables. So after
 * `everyBytes` of log this issues CHECKPOINT. It then vacuums the tables that are due by
 * autovacuum's own thresholds.
 *
 * A failure is not reported. The statement before it is committed, and the cause (a full disk)
 * fails the next statement too. The next check tries again.
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

// The thresholds are PostgreSQL's defaults. Only the busiest tables are included, so that one round
// is short.
const dueTables = `
  select format('%I.%I', schemaname, relname) as name,
         n_dead_tup > 50 + 0.2 * n_live_tup as dead
  from pg_stat_user_tables
  where n_dead_tup > 50 + 0.2 * n_live_tup or n_mod_since_analyze > 50 + 0.1 * n_live_tup
  order by n_dead_tup + n_mod_since_analyze desc
  limit 4`

const vacuumWhatIsDue = async (session: Session): Promise<void> => {
  // Without this, statistics are written at most once a second.
  await session.query('select pg_stat_force_next_flush()', [])
  for (const { name, dead } of await session.query(dueTables, [])) {
    await session.query(`${dead ? 'vacuum (analyze, truncate off)' : 'analyze'} ${name}`)
  }
}
