import { SpanKind } from '@opentelemetry/api'
import type { Database, Queryable, Statement } from '../../storage/database.ts'
import { inSpan, recordedSpan } from './spans.ts'

/** Statements are fixed in the code, so their number is limited. */
const MOST_KNOWN = 1_000

/**
 * The same database, with spans for statements of traced callers. Background work has none: it
 * would be a trace each second in each process.
 */
export const tracedDatabase = (db: Database): Database => {
  const starts = new Map<string, ReturnType<typeof startOf>>()
  const known = (text: string): ReturnType<typeof startOf> => {
    const found = starts.get(text)
    if (found) return found
    const start = startOf(text)
    if (starts.size < MOST_KNOWN) starts.set(text, start)
    return start
  }
  const traced = <T>(text: string, work: () => Promise<T>): Promise<T> => {
    if (!recordedSpan()) return work()
    const { name, ...start } = known(text)
    return inSpan(name, start, work)
  }
  const queries =
    (of: Queryable): Queryable['query'] =>
    (text, values) =>
      traced(text, () => of.query(text, values))
  const asking = (of: Pick<Database, 'query' | 'transaction'>) => ({
    query: queries(of),
    transaction: <T>(work: (tx: Queryable) => Promise<T>, opening?: Statement): Promise<T> => {
      if (!recordedSpan()) return of.transaction(work, opening)
      const inside = () => of.transaction((tx) => work({ query: queries(tx) }), opening)
      return inSpan('transaction', { attributes: { 'db.system.name': SYSTEM } }, inside)
    },
  })
  return { ...db, ...asking(db), ...(db.reads && { reads: { ...db.reads, ...asking(db.reads) } }) }
}

/** The embedded database is PostgreSQL too. */
const SYSTEM = 'postgresql'

const MAIN_TARGET = /\b(?:from|into|update|select|lateral)\s+tollgate\.(\w+)/i
const ANY_TARGET = /\btollgate\.(\w+)/

/** Named by operation and target, such as `SELECT decide_usage`, and never by the long text. */
const startOf = (text: string) => {
  const operation = /\b(insert|update|delete)\b/i.exec(text)?.[1]?.toUpperCase() ?? 'SELECT'
  const target = (MAIN_TARGET.exec(text) ?? ANY_TARGET.exec(text))?.[1]
  const summary = target === undefined ? operation : `${operation} ${target}`
  return {
    name: summary,
    kind: SpanKind.CLIENT,
    attributes: {
      'db.system.name': SYSTEM,
      'db.operation.name': operation,
      ...(target !== undefined && { 'db.collection.name': target }),
      'db.query.summary': summary,
    },
  }
}
