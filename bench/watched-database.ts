import type { Database, Queryable } from '../src/storage/database.ts'

interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
  /** What said in its transaction whose rows it sees, and how it is planned; undefined: nothing. */
  readonly settings: Pick<Statement, 'text' | 'values'> | undefined
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
      keep({ text, values: values ?? [], settings: undefined })
      return db.query(text, values)
    },
    transaction: (work) =>
      db.transaction((tx) => {
        let settings: Statement['settings']
        const watched: Queryable = {
          query: (text, values) => {
            const statement = { text, values: values ?? [] }
            if (text.includes('set_config')) settings = statement
            else keep({ ...statement, settings })
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

/** The plan of a statement as it runs, with what was set for it. */
export const planOf = (db: Database, statement: Statement): Promise<string> =>
  db.transaction(async (tx) => {
    const { text, values, settings } = statement
    if (settings) await tx.query(settings.text, settings.values)
    const rows = await tx.query<{ 'QUERY PLAN': string }>(
      `explain (analyze, buffers, costs off, timing off) ${text}`,
      values,
    )
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  })
