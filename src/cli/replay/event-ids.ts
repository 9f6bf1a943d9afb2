import { createHash } from 'node:crypto'
import { replayId } from '../../core/own-ids.ts'

/** Returns the event id of each row of one file, in order. */
export type EventIds = (cells: readonly string[]) => string

/**
 * Derives event ids from the event type and all rows up to and including the row, not from the
 * file's name. So a repeated or extended file gives the same ids, and different files differ from
 * the first different row. Each id is a SHA-256 over the previous id and the row.
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
