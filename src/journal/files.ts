import { closeSync, constants, fdatasync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import { syncPath } from '../storage/pglite/sync-folder.ts'

/** What the journal asks of the system, so that a test can be a disk that fails. */
export interface JournalFiles {
  /** Makes a file that was not there; its descriptor. */
  create(path: string): number
  /** How many bytes were written of those from `from` to `to`; at once, so that they survive the process. */
  write(file: number, bytes: Uint8Array, from: number, to: number, position: number): number
  truncate(file: number, length: number): void
  /** Resolves when what was written before is on the disk. */
  sync(file: number): Promise<void>
  /** The same of which names a folder has. */
  syncFolder(path: string): Promise<void>
  close(file: number): void
  remove(path: string): Promise<void>
}

const { O_CREAT, O_EXCL, O_WRONLY } = constants
const datasync = promisify(fdatasync)

export const systemFiles: JournalFiles = {
  create: (path) => openSync(path, O_CREAT | O_EXCL | O_WRONLY, 0o600),
  write: (file, bytes, from, to, position) => writeSync(file, bytes, from, to - from, position),
  truncate: ftruncateSync,
  sync: datasync,
  syncFolder: syncPath,
  close: closeSync,
  remove: (path) => rm(path, { force: true }),
}
