import type { Database, Queryable } from '../src/storage/database.ts'

interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
  /**
   * The transaction's setting that selects visible rows, which affects its plan; undefined if none.
   */
  readonly settings: Pick<Statement, 'text' | 'values'> | undefined
}

export interface WatchedDatabase extends Database {
  /** Clears the list, or returns each statement since: once, with its last parameters. */
  watch(): void
  readonly statements: () => readonly Statement[]
}

/** Records a database's statements, so that their plans can be checked afterwards. */
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

/** The plan of a statement as it runs, with its transaction's settings. */
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
