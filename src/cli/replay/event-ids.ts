import { createHash } from 'node:crypto'
import { replayId } from '../../core/own-ids.ts'

/** Gives the rows of one file their event ids, in their order. */
export type EventIds = (cells: readonly string[]) => string

/**
 * The id of a row follows from the event type and from all of the file up to and including the
 * row, not from the file's name: the same file again gives the same ids, and so does one that has
 * grown meanwhile, while files that differ part ways at the first row that does. Each id is a
 * SHA-256 over the one before and the row.
 */
export const createEventIds = (eventType: string, header: readonly string[]): EventIds => {
  const bareType = eventType.slice(eventType.indexOf('/') + 1)
  let chain = digest('', [bareType, ...header])
  return (cells) => {
    chain = digest(chain, cells)
    return replayId(chain)
  }
}

const digest = (before: string, cells: readonly string[]): string =>
  createHash('sha256').update(before).update(JSON.stringify(cells)).digest('hex')
