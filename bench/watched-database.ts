import type { Database, Queryable } from '../src/storage/database.ts'

/** A statement that was run, and whose rows it could see; undefined: all. */
interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
  readonly organizationId: string | undefined
}

export interface WatchedDatabase extends Database {
  /** Forgets what was run, or gives each statement that was since: once, as it was run last. */
  watch(): void
  readonly statements: () => readonly Statement[]
}

/** Keeps what is run on a database, so that its plan can be looked at afterwards. */
export const watchedDatabase = (db: Database): WatchedDatabase => {
  const seen = new Map<string, Statement>()
  let isOn = false
  const keep = (statement: Statement) => {
    if (isOn && statement.text.includes('tollgate.')) seen.set(statement.text, statement)
  }
  return {
    ...db,
    query: (text, values) => {
      keep({ text, values: values ?? [], organizationId: undefined })
      return db.query(text, values)
    },
    transaction: (work) =>
      db.transaction((tx) => {
        let organizationId: string | undefined
        const watched: Queryable = {
          query: (text, values) => {
            if (text.includes("'tollgate.organization_id'")) organizationId = String(values?.[0])
            else keep({ text, values: values ?? [], organizationId })
            return tx.query(text, values)
          },
        }
        return work(watched)
      }),
    watch: () => {
      isOn = true
      seen.clear()
    },
    statements: () => [...seen.values()],
  }
}

/** The plan of a statement as it runs, seen by whom it was run for. */
export const planOf = (db: Database, statement: Statement): Promise<string> =>
  db.transaction(async (tx) => {
    const { text, values, organizationId } = statement
    if (organizationId !== undefined) {
      await tx.query(
        `select set_config('tollgate.organization_id', $1, true),
                set_config('role', 'tollgate_tenant', true)`,
        [organizationId],
      )
    }
    const rows = await tx.query<{ 'QUERY PLAN': string }>(
      `explain (analyze, buffers, costs off, timing off) ${text}`,
      values,
    )
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  })
