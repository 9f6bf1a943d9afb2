import type { Call } from '../../contract/usage.ts'
import { AMOUNT_FIELDS } from '../../core/usage-parts.ts'
import { CliFailure } from '../failure.ts'
import { parseCsvInstant } from './csv-instant.ts'
import type { CsvRow } from './csv-rows.ts'

/** The event fields that a column can hold, besides time, quantities and properties. */
export const COLUMN_FIELDS = [
  ...['id', 'eventType', 'userId', 'sessionId', 'provider', 'model', 'endpoint', 'method'],
  ...['status', 'durationMs', ...AMOUNT_FIELDS],
] as readonly (keyof Call)[]

const TEXT_FIELDS: readonly string[] = COLUMN_FIELDS.slice(0, 8)

/** The mapping from columns to fields. */
export interface ColumnNames {
  readonly time: string
  /** Pairs of field and column. */
  readonly fields: readonly (readonly [field: string, column: string])[]
  /** Pairs of meter and column. */
  readonly quantities: readonly (readonly [meter: string, column: string])[]
  /** Pairs of property and column. */
  readonly properties: readonly (readonly [property: string, column: string])[]
}

/** The part of an event that one row contains. Empty cells are left out. */
type RowUsage = Partial<Call> & { readonly at: Date }

/** Reads the rows of one file. */
export type RowReader = (row: CsvRow) => RowUsage

/** Finds the columns in the header. An unknown column is refused, with the existing ones. */
export const createRowReader = (
  path: string,
  header: readonly string[],
  names: ColumnNames,
): RowReader => {
  const columns = header.map((name) => name.trim())
  const column = <Value>(
    name: string,
    read: CellReader<Value>,
    kind: string,
    isRequired = false,
  ) => {
    const index = indexOf(path, columns, name)
    return (row: CsvRow): Value | undefined => {
      const cell = row.cells[index] ?? ''
      const text = cell.trim()
      if (text === '' && !isRequired) return undefined
      const value = read(text)
      if (value !== undefined) return value
      const shown = cell.length > 60 ? `${cell.slice(0, 60)}…` : cell
      throw new CliFailure(
        `${path}:${row.line}: column ${name}: ${JSON.stringify(shown)} is not ${kind}.`,
      )
    }
  }
  const at = column(names.time, parseCsvInstant, 'a time such as 2026-01-31 09:30:00.000', true)
  const fields = names.fields.map(
    ([field, name]) => [field, column(name, ...readerOf(field))] as const,
  )
  const quantities = names.quantities.map(
    ([meter, name]) => [meter, column(name, plainNumber, 'a number')] as const,
  )
  const properties = names.properties.map(
    ([property, name]) => [property, column(name, propertyValue, 'a value')] as const,
  )
  const collected = (
    readers: readonly (readonly [string, (row: CsvRow) => unknown])[],
    row: CsvRow,
  ) =>
    Object.fromEntries(
      readers.flatMap(([name, read]) => {
        const value = read(row)
        return value === undefined ? [] : [[name, value]]
      }),
    )
  return (row) => ({
    at: at(row) as Date,
    ...collected(fields, row),
    ...(quantities.length > 0 && {
      quantities: collected(quantities, row) as Record<string, number>,
    }),
    ...(properties.length > 0 && { properties: collected(properties, row) }),
  })
}

/** Parses a cell; undefined for an invalid value. */
type CellReader<Value> = (text: string) => Value | undefined

const readerOf = (field: string): [read: CellReader<unknown>, kind: string] => {
  if (TEXT_FIELDS.includes(field)) return [(text) => text, 'a text']
  return field === 'durationMs' || field === 'audioSeconds'
    ? [plainNumber, 'a number']
    : [wholeNumber, 'a whole number']
}

/** Spreadsheets and exports may write counts as `59200.0`. */
const wholeNumber: CellReader<number> = (text) =>
  /^\d{1,13}(?:\.0{1,12})?$/.test(text) ? Number(text) : undefined

const plainNumber: CellReader<number> = (text) =>
  /^\d{1,16}(?:\.\d{1,12})?$/.test(text) ? Number(text) : undefined

const propertyValue: CellReader<string | number | boolean> = (text) => {
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  return plainNumber(text) ?? text
}

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
