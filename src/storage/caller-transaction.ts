import type { CallerTransaction } from '../contract/caller-transaction.ts'
import { callerQuery } from './caller-queries.ts'
import type { Database } from './database.ts'
import { toParameter } from './parameters.ts'
import { type RowShapes, readRows } from './row-shapes.ts'
import { createTurns } from './turns.ts'

/**
 * A database that is a transaction which somebody else begins and ends. What runs in a transaction
 * of ours elsewhere is simply part of it. Values come out as on a connection of ours; every
 * statement must be a `select`, and its parameters have the types that it casts them to, since a
 * library may send each of them as a text. One statement at a time: not every library may be
 * asked for a second one before the first has answered.
 */
export const databaseWithin = (transaction: CallerTransaction, shapes: RowShapes): Database => {
  const run = callerQuery(transaction)
  const turns = createTurns()
  const query = <Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> =>
    turns.run(() => readRows(run, shapes, text, values.map(toParameter)) as Promise<Row[]>)
  const notHere = () => Promise.reject(new Error('not inside a transaction of the caller'))
  return {
    kind: 'postgres',
    query,
    transaction: (work) => work({ query }),
    script: notHere,
    listen: notHere,
    close: notHere,
  }
}
