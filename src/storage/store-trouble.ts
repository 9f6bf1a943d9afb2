/**
 * A reason why the store cannot serve now, whatever the statement.
 *
 * This is the only list of them, by SQLSTATE, from "Appendix A. PostgreSQL Error Codes" of the
 * PostgreSQL manual (versions 15 to 18). Both drivers report failures in these codes. Any other
 * code is about the statement, or a fault of ours.
 */
export interface StoreTrouble {
  /**
   * `away`: we cannot reach it or log in, and a statement may have been executed all the same.
   * `unfit`: it answers but cannot execute. `busy`: it serves others, and this call was given up.
   */
  readonly kind: 'away' | 'unfit' | 'busy'
  /** For the person who has to fix it. It holds no confidential detail. */
  readonly reason: string
}

const away = (reason: string): StoreTrouble => ({ kind: 'away', reason })
const unfit = (reason: string): StoreTrouble => ({ kind: 'unfit', reason })
const busy = (reason: string): StoreTrouble => ({ kind: 'busy', reason })

const NOT_REACHED = away('the database cannot be reached')
const NOT_LET_IN = away('the database does not let Tollgate in: look at its user and password')
const SHUTTING_DOWN = away('the database is shutting down')
const NO_RESOURCES = unfit('the database has run out of something that it needs')
const SYSTEM_FAILED = unfit('the system under the database fails: look at its disk and its log')

/**
 * The key is a class (its first two characters) or a whole code. A whole code wins over its class.
 */
const TROUBLES: Readonly<Record<string, StoreTrouble>> = {
  // Class 08, connection exception.
  '08': NOT_REACHED,
  // Class 28, invalid authorization: seen only when a connection is opened. 3D000 is the same.
  '28': NOT_LET_IN,
  '3D000': away('the database that Tollgate is to use is not there'),
  // read_only_sql_transaction: a standby, or a server that was made read-only.
  '25006': unfit('the database is read-only'),
  // idle_in_transaction_session_timeout: the server ended the connection, which was idle for too
  // long.
  '25P03': away('the call took too long, and its connection was ended'),
  // Class 40, transaction rollback: a deadlock, or a conflict with a standby's recovery.
  '40': busy('the call met another one'),
  // Class 53, insufficient resources.
  '53': NO_RESOURCES,
  '53100': unfit("no room is left on the database's disk"),
  '53200': unfit('the database has run out of memory'),
  '53300': away('the database has no connection left'),
  // lock_not_available and query_canceled: a time-out, the server's or ours.
  '55P03': busy('the call waited too long for another one'),
  '57014': busy('the call took too long'),
  // admin_shutdown, crash_shutdown, cannot_connect_now, database_dropped, idle_session_timeout.
  '57P': SHUTTING_DOWN,
  '57P02': away('the database has crashed'),
  '57P03': away('the database is starting'),
  '57P04': away('the database that Tollgate is to use is not there'),
  '57P05': NOT_REACHED,
  // Class 58, system error: errors outside of PostgreSQL itself, such as io_error (58030).
  '58': SYSTEM_FAILED,
}

/** The trouble that a SQLSTATE stands for; undefined if the code is not about the store. */
export const troubleOf = (code: string): StoreTrouble | undefined =>
  TROUBLES[code] ?? TROUBLES[code.slice(0, 3)] ?? TROUBLES[code.slice(0, 2)]

/** The messages of operating systems when nothing more can be written. */
const NO_ROOM = /no space left on device|\bENOSPC\b|disk quota exceeded|\bEDQUOT\b/i
const READ_ONLY = /read-only file system|\bEROFS\b/i
const FAILED = /input\/output error|\bEIO\b|\bEMFILE\b|\bENFILE\b|too many open files/i

/** The SQLSTATE for an operating system's message; undefined for any other message. */
export const codeOfSystem = (message: string): string | undefined => {
  if (NO_ROOM.test(message)) return '53100'
  if (READ_ONLY.test(message)) return '25006'
  return FAILED.test(message) ? '58030' : undefined
}
