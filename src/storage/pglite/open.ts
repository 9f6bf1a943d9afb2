import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DatabaseError, errorFields } from '../database-error.ts'
import {
  DATA_FOLDER,
  noDatabaseIn,
  ownFolder,
  textOf,
  UNFINISHED,
  versionIn,
} from './data-folder.ts'
import {
  createPgliteDatabase,
  type OnNotification,
  type PgliteDatabase,
} from './database-over-link.ts'
import { explainedByDisk } from './disk-room.ts'
import { type Holder, lockFolder } from './folder-lock.ts'
import { builtSnapshot } from './snapshot.ts'
import { syncPath } from './sync-folder.ts'
import { startWorker, type WorkerLink, workerFile } from './worker-link.ts'

/** How to open the embedded database. */
export interface PgliteOptions {
  /**
   * The folder of the database, created if it is missing. Without one, the database is in memory
   * and ends with `close`.
   */
  readonly folder?: string
  /** False: a folder without a database is refused, and nothing is created. Default: true. */
  readonly create?: boolean
  /**
   * The snapshot that a new database starts from; `false` starts an empty one. Default: the one we
   * ship.
   */
  readonly snapshot?: Uint8Array | false
  /** Bytes of log before a checkpoint: about what recovery reads after a crash. */
  readonly checkpointEveryBytes?: number
  /** Shown to a process that tries to open the same folder. Default: this process, from now on. */
  readonly holder?: Holder
}

/**
 * Opens the embedded PostgreSQL in a thread of its own. It has one session: statements and
 * transactions run one after the other, in the order asked. So a `query` inside of `transaction`
 * must use that transaction's handle, or it waits for itself.
 *
 * In a folder, a commit is synced to the disk: it survives `kill -9` and a power cut.
 */
export const openPglite = async (options: PgliteOptions = {}): Promise<PgliteDatabase> => {
  // Checked before anything is read or created: without the worker's file there is no database.
  workerFile()
  const { folder: given, holder = { pid: process.pid, startedAt: new Date() } } = options
  if (given === undefined) {
    return createPgliteDatabase({
      start: async (onNotification) => startWorker(await freshStart(options), onNotification),
      release: async () => undefined,
    })
  }
  const folder = resolve(given)
  await ownFolder(folder, options.create ?? true)
  const lock = await lockFolder(folder, holder)
  // A database that existed once is never created again. If the folder is gone when the thread
  // restarts, somebody removed it.
  let isThere = options.create === false
  try {
    return await createPgliteDatabase({
      start: async (onNotification) => {
        const link = await startOnFolder(folder, { ...options, create: !isThere }, onNotification)
        isThere = true
        return link
      },
      explain: (fields) => explainedByDisk(folder, fields),
      release: lock.release,
    })
  } catch (error) {
    await lock.release()
    throw error
  }
}

/**
 * Opens `folder/pgdata`. A marker file stands beside it while it is being created. An interrupted
 * creation is thus started again, and never taken for a database: nothing was stored in it yet.
 */
const startOnFolder = async (
  folder: string,
  options: PgliteOptions,
  onNotification: OnNotification,
): Promise<WorkerLink> => {
  const dataFolder = join(folder, DATA_FOLDER)
  const mark = join(folder, UNFINISHED)
  const isUnfinished = (await textOf(mark)) !== undefined
  const version = isUnfinished ? undefined : await versionIn(dataFolder)
  if (version === undefined) {
    if (options.create === false) throw noDatabaseIn(folder)
    if (isUnfinished) {
      await rm(join(folder, SYNCED), { force: true })
      await rm(dataFolder, { recursive: true, force: true })
    }
    await mkdir(dataFolder, { recursive: true, mode: 0o700 })
    await writeSynced(mark, 'The database beside this file is being made.\n')
    const start = { ...(await freshStart(options)), dataFolder }
    const link = await startWorker(start, onNotification).catch(explained(folder))
    try {
      await writeSynced(join(folder, SYNCED), syncedSentence)
      await rm(mark)
      // Without this sync, a power cut could bring the marker back, and with it the claim that
      // nothing was stored.
      await syncPath(folder)
    } catch (error) {
      await link.end()
      throw error
    }
    return link
  }
  const checkpointEveryBytes = options.checkpointEveryBytes ?? defaultCheckpointBytes
  const isSynced = (await textOf(join(folder, SYNCED))) !== undefined
  const start = { dataFolder, checkpointEveryBytes, isSynced }
  const link = await startWorker(start, onNotification)
    .catch(explained(folder))
    .catch((cause: unknown) => {
      // An error of the disk is reported as such: there is nothing wrong with the database.
      if (cause instanceof DatabaseError && cause.trouble?.kind === 'unfit') throw cause
      const what = `The database in ${dataFolder}, written by PostgreSQL ${version.trim()}`
      throw new Error(`${what}, did not open.`, { cause })
    })
  if (!isSynced) await writeSynced(join(folder, SYNCED), syncedSentence)
  return link
}

const explained =
  (folder: string) =>
  (error: unknown): never => {
    throw new DatabaseError(explainedByDisk(folder, errorFields(error)), error)
  }

/**
 * After its first sync as a whole, the database keeps itself synced. Before that, files may not be
 * on the disk: those of the snapshot, and those of earlier versions, which did not sync.
 */
const SYNCED = 'pgdata.synced'
const syncedSentence = 'All of the database beside this file has been synced to the disk.\n'

const writeSynced = async (path: string, text: string): Promise<void> => {
  await writeFile(path, text)
  await syncPath(path)
  await syncPath(dirname(path))
}

const defaultCheckpointBytes = 50_000_000

const freshStart = async ({ snapshot, checkpointEveryBytes }: PgliteOptions) => ({
  snapshot: snapshot === false ? undefined : (snapshot ?? (await builtSnapshot())),
  checkpointEveryBytes: checkpointEveryBytes ?? defaultCheckpointBytes,
})
