import { join } from 'node:path'
import { describe, inject } from 'vitest'
import type { Database } from '../../src/storage/database.ts'
import { openPglite } from '../../src/storage/pglite/open.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { SLOW } from './run-command.ts'

type Block = (
  /** The arguments with which a command finds the database. */
  at: () => readonly string[],
  /** Opens it beside the commands; what is opened must be closed before the next of them. */
  open: () => Promise<Database>,
) => void

/**
 * For commands to which one database is as good as another: on the server where there is one, as to
 * open a folder again for each command takes a core for half a second.
 */
export const describeOnAnyDatabase = (name: string, block: Block): void => {
  if (inject('postgresUrl') !== undefined) {
    describeOnPostgres(name, (open, url) => block(() => ['--database-url', url()], open))
    return
  }
  describe(name, SLOW, () => {
    const folder = join(temporaryFolders()(), 'data')
    block(
      () => ['--data', folder],
      () => openPglite({ folder }),
    )
  })
}
