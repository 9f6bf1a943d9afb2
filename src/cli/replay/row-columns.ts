import type { Call } from '../../contract/usage.ts'
import { CliFailure } from '../failure.ts'
import { parseCsvInstant } from './csv-instant.ts'
import type { CsvRow } from './csv-rows.ts'

/** Which column holds what. */
export interface ColumnNames {
  readonly time: string
  readonly inputTokens?: string
  readonly outputTokens?: string
  readonly user?: string
  /** Meter and column. */
  readonly quantities: readonly (readonly [meter: string, column: string])[]
}

/** What one row says of its event. */
type RowUsage = Pick<Call, 'inputTokens' | 'outputTokens' | 'userId' | 'quantities'> & {
  readonly at: Date
}

/** Reads the rows of one file. */
export type RowReader = (row: CsvRow) => RowUsage

/** Finds the columns in the header; what is not there is refused with what is. */
export const createRowReader = (
  path: string,
  header: readonly string[],
  names: ColumnNames,
): RowReader => {
  const columns = header.map((name) => name.trim())
  const column = <Value>(name: string, read: CellReader<Value>, kind: string) => {
    const index = indexOf(path, columns, name)
    return (row: CsvRow): Value => {
      const cell = row.cells[index] ?? ''
      const value = read(cell.trim())
      if (value !== undefined) return value
      const shown = cell.length > 60 ? `${cell.slice(0, 60)}…` : cell
      throw new CliFailure(
        `${path}:${row.line}: column ${name}: ${JSON.stringify(shown)} is not ${kind}.`,
      )
    }
  }
  const optional = <Value>(name: string | undefined, read: CellReader<Value>, kind: string) =>
    name === undefined ? () => undefined : column(name, read, kind)

  const at = column(names.time, parseCsvInstant, 'a time such as 2026-01-31 09:30:00.000')
  const inputTokens = optional(names.inputTokens, wholeNumber, 'a whole number')
  const outputTokens = optional(names.outputTokens, wholeNumber, 'a whole number')
  const user = optional(names.user, (text) => text, 'a text')
  const quantities = names.quantities.map(
    ([meter, name]) => [meter, column(name, plainNumber, 'a number')] as const,
  )
  return (row) => ({
    at: at(row),
    inputTokens: inputTokens(row),
    outputTokens: outputTokens(row),
    userId: user(row) || undefined,
    quantities:
      quantities.length === 0
        ? undefined
        : Object.fromEntries(quantities.map(([meter, read]) => [meter, read(row)])),
  })
}

/** The value of a cell, or undefined when it is not one. */
type CellReader<Value> = (text: string) => Value | undefined

const wholeNumber: CellReader<number> = (text) =>
  /^\d{1,13}$/.test(text) ? Number(text) : undefined

const plainNumber: CellReader<number> = (text) =>
  /^\d{1,16}(?:\.\d{1,12})?$/.test(text) ? Number(text) : undefined

const indexOf = (path: string, columns: readonly string[], name: string): number => {
  const index = columns.indexOf(name)
  if (index < 0) {
    throw new CliFailure(
      `${path} has no column ${JSON.stringify(name)}. Its columns are: ${columns.join(', ')}.`,
    )
  }
  if (columns.lastIndexOf(name) !== index) {
    throw new CliFailure(`${path} has more than one column ${JSON.stringify(name)}.`)
  }
  return index
}
