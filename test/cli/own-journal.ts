import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from './run-bin.ts'

/**
 * The environment of a server on PostgreSQL, with a journal of its own. The default is a folder
 * below the working directory, where a later `npm start` would find the journal of a test.
 */
export const withOwnJournal = (args: readonly string[], env: Environment): Environment => {
  const isOnServer = args.includes('--database-url') || env.DATABASE_URL !== undefined
  if (!isOnServer || args.includes('--journal') || args.includes('--no-journal')) return env
  return { TOLLGATE_JOURNAL: mkdtempSync(join(tmpdir(), 'tollgate-journal-')), ...env }
}
