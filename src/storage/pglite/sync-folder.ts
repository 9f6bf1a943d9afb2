import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** As many as Node's threads for files. More would only wait. */
const AT_ONCE = 4

/** Makes a folder, its contents and its entry in the parent folder survive a power cut. */
export const syncFolder = async (folder: string): Promise<void> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
  await each([...paths, folder, join(folder, '..')], syncPath)
}

/** Syncs one file, or the list of names in a folder. */
export const syncPath = async (path: string): Promise<void> => {
  const handle = await openToSync(path)
  try {
    await handle?.sync()
  } finally {
    await handle?.close()
  }
}

/**
 * A file that was removed meanwhile needs no sync. Windows does not open folders, and stores their
 * names by itself.
 */
const openToSync = async (path: string) => {
  try {
    return await open(path, 'r')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || (process.platform === 'win32' && code === 'EISDIR')) return undefined
    throw error
  }
}

const each = async (
  paths: readonly string[],
  work: (path: string) => Promise<void>,
): Promise<void> => {
  const left = [...paths]
  const worker = async (): Promise<void> => {
    for (let path = left.pop(); path !== undefined; path = left.pop()) await work(path)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
