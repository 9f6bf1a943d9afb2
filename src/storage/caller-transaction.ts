import type { CallerTransaction } from '../contract/caller-transaction.ts'
import { callerQuery } from './caller-queries.ts'
import type { Database } from './database.ts'
import { toParameter } from './parameters.ts'
import { type RowShapes, readRows } from './row-shapes.ts'
import { createTurns } from './turns.ts'

/**
 * A database over a transaction that the caller begins and ends. Our own transactions become part
 * of it. Values are parsed as on our own connections.
 *
 * Every statement must be a `select`. It must cast its parameters, since a library may send each
 * one as text. Statements run one at a time, since not every library accepts a second one before
 * the first has answered.
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
