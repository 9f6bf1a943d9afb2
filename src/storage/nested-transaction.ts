import type { Database, Queryable } from './database.ts'
import { createTurns } from './turns.ts'

const BEGIN = 'savepoint tollgate_nested'
const COMMIT = 'release savepoint tollgate_nested'
const UNDO = 'rollback to savepoint tollgate_nested'

/**
 * A database over an open transaction of ours. A nested transaction is a savepoint: if it fails,
 * only its own changes are rolled back. Nested transactions run one after the other, even when
 * several are started at once.
 */
export const databaseInside = (tx: Queryable, kind: Database['kind']): Database => {
  const turns = createTurns()
  const notHere = () => Promise.reject(new Error('not inside of a transaction'))
  return {
    kind,
    query: (text, values) => turns.run(() => tx.query(text, values)),
    transaction: (work, opening) =>
      turns.run(async () => {
        await tx.query(BEGIN)
        try {
          if (opening) await tx.query(opening.text, opening.values)
          const result = await work(tx)
          // An opening switches to a read-only role. Rolling back to the savepoint restores the
          // role.
          if (opening) await tx.query(UNDO)
          await tx.query(COMMIT)
          return result
        } catch (error) {
          await tx.query(UNDO)
          await tx.query(COMMIT)
          throw error
        }
      }),
    script: notHere,
    listen: notHere,
    close: notHere,
  }
}
