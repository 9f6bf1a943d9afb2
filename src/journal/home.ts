import { mkdir, readdir, rm, rmdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import {
  FolderHeldError,
  type FolderLock,
  type Holder,
  lockFolder,
} from '../storage/pglite/folder-lock.ts'
import { syncPath } from '../storage/pglite/sync-folder.ts'

/** A folder with one process's files, which the present process has locked. */
export interface OwnedFolder {
  readonly path: string
  /** Unlocks the folder; with `isDone`, deletes it and its contents. */
  release(isDone: boolean): Promise<void>
}

/** Many processes share the parent folder. Each has a locked folder of its own in it. */
const PROCESS_FOLDER = /^process-(?<name>[0-9a-f-]+)\.\d$/
const TRIES = 5

/** Creates a folder for this process, under its `name` among the processes that share `dir`. */
export const ownFolder = async (
  dir: string,
  name: string,
  holder: Holder,
): Promise<OwnedFolder> => {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  for (let tries = 1; ; tries++) {
    const path = join(dir, `process-${name}.${tries}`)
    await mkdir(path, { mode: 0o700 })
    try {
      const lock = await lockFolder(path, holder)
      await syncPath(dir)
      return owned(path, lock)
    } catch (error) {
      // Before the lock is taken, another process may take the new folder for an abandoned one.
      const isTaken = error instanceof FolderHeldError || isMissing(error)
      if (!isTaken || tries === TRIES) throw error
    }
  }
}

/** The name of the process that a folder was created for. */
export const processOf = (path: string): string =>
  PROCESS_FOLDER.exec(basename(path))?.groups?.name ?? ''

/** The folders of dead processes, one after the other. Each is locked by us until released. */
export async function* takeLeftFolders(
  dir: string,
  holder: Holder,
  except: ReadonlySet<string>,
): AsyncGenerator<OwnedFolder> {
  for (const entry of await entriesOf(dir)) {
    const path = join(dir, entry)
    if (!PROCESS_FOLDER.test(entry) || except.has(path)) continue
    const lock = await lockFolder(path, holder).catch((error: unknown) => {
      // Its process is alive, or another process was faster.
      if (error instanceof FolderHeldError || isMissing(error)) return undefined
      throw error
    })
    if (lock) yield owned(path, lock)
  }
}

const owned = (path: string, lock: FolderLock): OwnedFolder => ({
  path,
  release: async (isDone) => {
    if (!isDone) return lock.release()
    // Deletes the files first, so the next owner of the folder finds nothing to do.
    for (const name of await entriesOf(path)) {
      if (name.endsWith('.journal')) await rm(join(path, name), { force: true })
    }
    await lock.release()
    await rmdir(path).catch(() => undefined)
  },
})

const entriesOf = async (folder: string): Promise<string[]> => {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** Also true for an error whose cause is the system's. */
const isMissing = (error: unknown): boolean => {
  const { code, cause } = error as { code?: unknown; cause?: unknown }
  return code === 'ENOENT' || (cause !== undefined && cause !== null && isMissing(cause))
}
