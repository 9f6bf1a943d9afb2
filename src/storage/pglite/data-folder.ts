import { chmod, mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** The database's folder, inside the given folder. */
export const DATA_FOLDER = 'pgdata'
/** This marker file stands beside the database while it is being created. */
export const UNFINISHED = 'pgdata.unfinished'

/** Thrown for a folder that must not be used as it is. The message says which, and what to do. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError'
}

/**
 * Files that may be in a folder without a database: our own, or those of a disk or a repository.
 */
const HARMLESS =
  /^(?:pgdata\.unfinished|admin-key|journal.*|(?:lock|new)-\w+\.sock|lost\+found|\.git(?:ignore|keep)|\.DS_Store)$/

/**
 * Prepares the folder for a database, or refuses it. It never creates a database over somebody's
 * files. Other users of this machine cannot read the contents.
 */
export const ownFolder = async (folder: string, create: boolean): Promise<void> => {
  if (create) await mkdir(folder, { recursive: true, mode: 0o700 })
  const names = await namesIn(folder)
  if (!names?.includes(DATA_FOLDER)) {
    if (!create) throw noDatabaseIn(folder)
    refuseForeign(folder, names ?? [])
  }
  await keepToOurselves(folder)
}

export const noDatabaseIn = (folder: string): DataFolderError =>
  new DataFolderError(`There is no database in ${folder}, and none was made there.`)

const refuseForeign = (folder: string, names: readonly string[]): void => {
  const foreign = names.filter((name) => !HARMLESS.test(name)).sort()
  if (foreign.length === 0) return
  const more = foreign.length > 3 ? ' and more' : ''
  throw new DataFolderError(
    `The folder ${folder} is not empty and holds no database: ${DATA_FOLDER} is missing, and ` +
      `${foreign.slice(0, 3).join(', ')}${more} is there. Nothing was changed: give an empty folder, ` +
      `or put ${DATA_FOLDER} back.`,
  )
}

/**
 * A folder that somebody else created may be open to all, and its contents are private. A folder
 * whose mode we cannot change, such as a mounted volume, is used unless every user has access to
 * it. The database folder inside is always closed to others.
 */
const keepToOurselves = async (folder: string): Promise<void> => {
  if (process.platform === 'win32') return
  for (const path of [folder, join(folder, DATA_FOLDER)]) {
    const mode = await modeOf(path)
    if (mode === undefined || (mode & 0o077) === 0) continue
    try {
      await chmod(path, 0o700)
    } catch (cause) {
      if (path === folder && (mode & 0o007) === 0) continue
      const shown = mode.toString(8).padStart(4, '0')
      throw new DataFolderError(
        `Others on this machine have access to ${path} (its mode is ${shown}), and it is not ours ` +
          'to change: have its owner run chmod 700 on it, or give a folder of your own.',
        { cause },
      )
    }
  }
}

const modeOf = async (path: string): Promise<number | undefined> => {
  try {
    return (await stat(path)).mode & 0o777
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * The PostgreSQL version of the database in a folder; undefined if the folder is missing or empty.
 *
 * @throws DataFolderError if the folder has contents that are not a database.
 */
export const versionIn = async (dataFolder: string): Promise<string | undefined> => {
  const version = await textOf(join(dataFolder, 'PG_VERSION'))
  if (version?.trim()) return version
  const names = await namesIn(dataFolder)
  if (!names || names.length === 0) return undefined
  throw new DataFolderError(
    `${dataFolder} holds data and is not a whole database: its file PG_VERSION is ` +
      `${version === undefined ? 'missing' : 'empty'}. Nothing was changed: restore the folder from a ` +
      'backup, or move it away to begin a new one.',
  )
}

/** The names in a folder; undefined if the folder does not exist. */
const namesIn = (folder: string): Promise<string[] | undefined> =>
  readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })

/** The text of a file; undefined if the file does not exist. */
export const textOf = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
