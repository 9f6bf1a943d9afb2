import { mkdir, readdir, rm, rmdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import {
  FolderHeldError,
  type FolderLock,
  type Holder,
  lockFolder,
} from '../storage/pglite/folder-lock.ts'
import { syncPath } from '../storage/pglite/sync-folder.ts'

/** A folder of files of one process, which this process alone has now. */
export interface OwnedFolder {
  readonly path: string
  /** Gives it up; with `isDone` it goes, and all that is in it. */
  release(isDone: boolean): Promise<void>
}

/** Each process has a folder of its own in there, under its lock, so that many can share it. */
const PROCESS_FOLDER = /^process-(?<name>[0-9a-f-]+)\.\d$/
const TRIES = 5

/** A new folder for this process, which is called `name` among those that share `dir`. */
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
      // Between the making and the locking another may take it for one that was left.
      const isTaken = error instanceof FolderHeldError || isMissing(error)
      if (!isTaken || tries === TRIES) throw error
    }
  }
}

/** The name of the process that a folder was made for. */
export const processOf = (path: string): string =>
  PROCESS_FOLDER.exec(basename(path))?.groups?.name ?? ''

/** The folders of processes that are gone, one after the other; each is ours until released. */
export async function* takeLeftFolders(
  dir: string,
  holder: Holder,
  except: ReadonlySet<string>,
): AsyncGenerator<OwnedFolder> {
  for (const entry of await entriesOf(dir)) {
    const path = join(dir, entry)
    if (!PROCESS_FOLDER.test(entry) || except.has(path)) continue
    const lock = await lockFolder(path, holder).catch((error: unknown) => {
      // Its process lives, or somebody else was quicker.
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
    // The files first: whoever takes the folder after that finds nothing to do.
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

/** Also of an error that has the system's as its cause. */
const isMissing = (error: unknown): boolean => {
  const { code, cause } = error as { code?: unknown; cause?: unknown }
  return code === 'ENOENT' || (cause !== undefined && cause !== null && isMissing(cause))
}
