import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { parse } from 'csv-parse'
import { unreadable } from '../catalog-files.ts'
import { CliFailure } from '../failure.ts'

/** One line of the file that is not empty; the first is the header. */
export interface CsvRow {
  readonly cells: readonly string[]
  /** The line on which the row ends, from 1. */
  readonly line: number
  /** The number of bytes read so far. */
  readonly bytesRead: number
}

interface ParsedRow {
  readonly record: string[]
  readonly info: { readonly lines: number; readonly bytes: number }
}

/** Streams the rows of a file, with only a few in memory. */
export async function* readCsv(path: string): AsyncGenerator<CsvRow> {
  const delimiter = await delimiterOf(path)
  const parser = parse({ bom: true, delimiter, info: true, skip_empty_lines: true })
  const source = createReadStream(path)
  // The parser emits its failures, and the loop below throws them.
  pipeline(source, parser, () => undefined)
  try {
    for await (const { record, info } of parser as AsyncIterable<ParsedRow>) {
      yield { cells: record, line: info.lines, bytesRead: info.bytes }
    }
  } catch (error) {
    throw failureOf(path, error)
  } finally {
    source.destroy()
  }
}

const HEADER_BYTES = 65_536

/** The delimiter of the header: the most frequent of comma, semicolon and tab. */
const delimiterOf = async (path: string): Promise<string> => {
  let start = ''
  try {
    for await (const chunk of createReadStream(path, { encoding: 'utf8', end: HEADER_BYTES - 1 })) {
      start += chunk
    }
  } catch (error) {
    throw unreadable(path, error)
  }
  const unquoted = start.replace(/"[^"]*"/g, '').split(/\r?\n/, 1)[0] ?? ''
  const count = (one: string) => unquoted.split(one).length
  return [',', ';', '\t'].reduce((best, one) => (count(one) > count(best) ? one : best))
}

const failureOf = (path: string, error: unknown): CliFailure => {
  const { code, lines, message } = error as { code?: string; lines?: number; message?: string }
  if (!code?.startsWith('CSV_')) return unreadable(path, error)
  const where = lines === undefined ? path : `${path}:${lines}`
  return new CliFailure(`${where}: is not a row of CSV: ${message ?? code}`)
}
