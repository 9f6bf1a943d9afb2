import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log, TollgateOptions } from '../engine/options.ts'
import { type DatabasePlace, DEFAULT_FOLDER } from './database-options.ts'

/**
 * Sets up a server's journal, also for a PostgreSQL. On a machine without a disk, it logs that
 * there is no journal and serves anyway.
 */
export const serverJournal = async (
  { database, journal }: Pick<TollgateOptions, 'journal'> & { readonly database: DatabasePlace },
  log: Log,
  home = DEFAULT_FOLDER,
): Promise<Pick<TollgateOptions, 'journal'>> => {
  if (journal !== undefined || 'folder' in database) return {}
  const dir = join(home, 'journal')
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    return { journal: { dir } }
  } catch (error) {
    log.warn(
      { error, dir },
      'journal.off: there is no folder for a journal; name one with --journal',
    )
    return { journal: false }
  }
}
