import type { CallerQuery } from './caller-queries.ts'
import { parserFor } from './parsers.ts'

/** The columns of each statement's result, by statement. */
export type RowShapes = Map<string, readonly Column[]>

interface Column {
  readonly name: string
  readonly typeId: number
}

export const createRowShapes = (): RowShapes => new Map()

/**
 * Runs a `select` on somebody else's connection, and returns the rows as our own connections would.
 *
 * Their libraries, plug-ins and settings change values: an `int8` becomes a text, a number or a
 * BigInt, JSON gets other keys. So all rows come as one text, which nothing changes.
 *
 * Parsing needs the types of the columns. They are read once for each statement, with two small
 * round trips that execute nothing of it.
 */
export const readRows = async (
  run: CallerQuery,
  shapes: RowShapes,
  statement: string,
  values: readonly (string | null)[],
): Promise<Record<string, unknown>[]> => {
  const columns = shapes.get(statement) ?? (await shapeOf(run, statement, values.length))
  shapes.set(statement, columns)
  const cells = columns.map(textOf).join(', ')
  const rows = await textAnswer(
    run,
    `select coalesce(json_agg(json_build_array(${cells})), '[]') from (${statement}) answer`,
    values,
  )
  return (rows as (string | null)[][]).map((row) =>
    Object.fromEntries(
      columns.map(({ name, typeId }, index) => {
        const text = row[index] ?? null
        return [name, text === null ? null : parserFor(typeId)(text)]
      }),
    ),
  )
}

/** Under `limit 0`, the statement returns no rows and nothing of it is executed. */
const shapeOf = async (
  run: CallerQuery,
  statement: string,
  parameters: number,
): Promise<readonly Column[]> => {
  const noRow = `(values (1)) one (n)
    left join lateral (select * from (${statement}) asked limit 0) answer on true`
  const nulls = new Array<null>(parameters).fill(null)
  const empty = await textAnswer(
    run,
    `select row_to_json(shape) from (select answer.* from ${noRow}) shape`,
    nulls,
  )
  const names = Object.keys(empty as object)
  const types = names.map((name) => `pg_typeof(${quoted(name)})::oid::text`).join(', ')
  const ids = await textAnswer(run, `select json_build_array(${types}) from ${noRow}`, nulls)
  return names.map((name, index) => ({ name, typeId: Number((ids as string[])[index]) }))
}

const BOOLEAN = 16
const INSTANT = 1184

/**
 * A value in the text form of our own connections, whatever the session's settings are. Otherwise
 * an instant depends on the session's time zone and date style. (So do dates without a zone, and
 * intervals: no statement that runs here returns one.)
 */
const textOf = ({ name, typeId }: Column): string => {
  const column = quoted(name)
  if (typeId === BOOLEAN) return `left(${column}::text, 1)`
  if (typeId !== INSTANT) return `${column}::text`
  const inUtc = `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'`
  return `case when isfinite(${column}) then ${inUtc} else ${column}::text end`
}

const quoted = (name: string): string => `answer."${name.replaceAll('"', '""')}"`

/** With this prefix, no plug-in takes the text for JSON and parses it. */
const MARK = 'tollgate:'

/** The JSON value that a statement returns. */
const textAnswer = async (
  run: CallerQuery,
  statement: string,
  values: readonly (string | null)[],
): Promise<unknown> => {
  const [row] = await run(`select '${MARK}' || (${statement})::text as answer`, values)
  const [text] = Object.values(Object(row))
  if (typeof text !== 'string' || !text.startsWith(MARK)) {
    throw new Error('the transaction gave no answer that can be read')
  }
  return JSON.parse(text.slice(MARK.length))
}
