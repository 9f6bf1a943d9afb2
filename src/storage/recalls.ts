import type { Database } from './database.ts'

const CHANNEL = 'tollgate_recalls'

/** Sends a message to every process that listens, including this one. At most 8,000 bytes. */
export const tellRecall = async (db: Database, message: string): Promise<void> => {
  await db.query('select pg_notify($1, $2)', [CHANNEL, message])
}

/**
 * Calls `hear` with each message. After a lost connection it is called once with a payload that
 * nobody sent.
 */
export const hearRecalls = (
  db: Database,
  hear: (message: string) => void,
): Promise<() => Promise<void>> => db.listen(CHANNEL, hear)
