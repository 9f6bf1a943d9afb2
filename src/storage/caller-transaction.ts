import type { Database } from './database.ts'

/** What is needed of a caller's transaction: a `pg` client has it. */
interface Queries {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>
}

/**
 * A database that is a transaction which somebody else begins and ends. What runs in a transaction
 * of ours elsewhere is simply part of it. It parses values by the caller's settings, so only
 * statements whose answers are JSON, text or booleans may run on it.
 */
export const databaseWithin = (transaction: Queries): Database => {
  const query = async <Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> => {
    const { rows } = await transaction.query(text, [...values])
    return rows as Row[]
  }
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
