import { closeSync, constants, fdatasync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import { syncPath } from '../storage/pglite/sync-folder.ts'

/** The file operations of the journal. A test can replace them with a disk that fails. */
export interface JournalFiles {
  /** Creates a new file and returns its descriptor. The file must not exist. */
  create(path: string): number
  /**
   * Writes the bytes from `from` to `to`, and returns how many were written. It is synchronous, so
   * the bytes survive the death of the process.
   */
  write(file: number, bytes: Uint8Array, from: number, to: number, position: number): number
  truncate(file: number, length: number): void
  /** Resolves when all earlier writes are on the disk. */
  sync(file: number): Promise<void>
  /** The same for the list of names in a folder. */
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
