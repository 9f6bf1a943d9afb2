import { type JournalFiles, systemFiles } from '../../src/journal/files.ts'

/** A disk that the test can make fail, as the journal sees it. */
export interface FailingDisk extends JournalFiles {
  /** The bytes that still fit. */
  room: number
  /** The results of the next syncs, while there are any. */
  syncError: NodeJS.ErrnoException | undefined
  /** Syncs wait until it is resolved. */
  gate: Promise<void> | undefined
  syncs: number
  writes: number
}

export const systemError = (code: string): NodeJS.ErrnoException =>
  Object.assign(new Error(code), { code })

export const failingDisk = (): FailingDisk => {
  const disk: FailingDisk = {
    ...systemFiles,
    room: Number.POSITIVE_INFINITY,
    syncError: undefined,
    gate: undefined,
    syncs: 0,
    writes: 0,
    write: (file, bytes, from, to, position) => {
      disk.writes += 1
      if (disk.room <= 0) throw systemError('ENOSPC')
      // A nearly full disk accepts part of it.
      const written = systemFiles.write(file, bytes, from, Math.min(to, from + disk.room), position)
      disk.room -= written
      return written
    },
    truncate: (file, length) => {
      systemFiles.truncate(file, length)
    },
    sync: async (file) => {
      disk.syncs += 1
      await disk.gate
      if (disk.syncError) throw disk.syncError
      await systemFiles.sync(file)
    },
  }
  return disk
}
