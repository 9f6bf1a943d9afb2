import type { Database, Queryable } from './database.ts'
import { createTurns } from './turns.ts'

const BEGIN = 'savepoint tollgate_nested'
const COMMIT = 'release savepoint tollgate_nested'
const UNDO = 'rollback to savepoint tollgate_nested'

/**
 * A database that is a transaction of ours: what runs in a transaction elsewhere is a part of it
 * here, which alone is undone where it fails. One after the other, however many are asked for at
 * once.
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
          // An opening takes another role, in which things are only read: with it that is over.
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
