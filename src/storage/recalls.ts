import type { Database } from './database.ts'

const CHANNEL = 'tollgate_recalls'

/** Tells every process that listens, this one included; at most 8,000 bytes. */
export const tellRecall = async (db: Database, message: string): Promise<void> => {
  await db.query('select pg_notify($1, $2)', [CHANNEL, message])
}

/** Hears what is told, and something that nobody told after a connection that was lost. */
export const hearRecalls = (
  db: Database,
  hear: (message: string) => void,
): Promise<() => Promise<void>> => db.listen(CHANNEL, hear)
