import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import {
  createPgliteDatabase,
  type OnNotification,
  type PgliteDatabase,
} from './database-over-link.ts'
import { type Holder, lockFolder } from './folder-lock.ts'
import { builtSnapshot } from './snapshot.ts'
import { startWorker, type WorkerLink } from './worker-link.ts'

/** How to open the embedded database. */
export interface PgliteOptions {
  /** Where it is kept, made when absent. Without a folder it is in memory and ends with `close`. */
  readonly folder?: string
  /** What a new database begins from; `false` for an empty one. Default: the one we ship. */
  readonly snapshot?: Uint8Array | false
  /** How much log is written before a checkpoint: about what recovery reads after a crash. */
  readonly checkpointEveryBytes?: number
  /** Told to whoever tries to open the same folder. Default: this process, from now on. */
  readonly holder?: Holder
}

/**
 * Opens the embedded PostgreSQL in a thread of its own. It has one session: statements and
 * transactions run one after the other in the order asked, so a `query` inside of `transaction`
 * must go through the handle given there, or it waits for itself.
 *
 * What it commits survives `kill -9`, but it never syncs to disk: a power cut can lose it.
 */
export const openPglite = async (options: PgliteOptions = {}): Promise<PgliteDatabase> => {
  if (options.folder === undefined) {
    return createPgliteDatabase(
      async (onNotification) => startWorker(await freshStart(options), onNotification),
      async () => undefined,
    )
  }
  const folder = resolve(options.folder)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const holder = options.holder ?? { pid: process.pid, startedAt: new Date() }
  const lock = await lockFolder(folder, holder)
  try {
    return await createPgliteDatabase(
      (onNotification) => startOnFolder(folder, options, onNotification),
      lock.release,
    )
  } catch (error) {
    await lock.release()
    throw error
  }
}

/**
 * Opens `folder/pgdata`. A mark stands beside it while it is being made, so that one cut short is
 * begun again and never taken for a database: nothing was ever stored in it.
 */
const startOnFolder = async (
  folder: string,
  options: PgliteOptions,
  onNotification: OnNotification,
): Promise<WorkerLink> => {
  const dataFolder = join(folder, 'pgdata')
  const mark = join(folder, 'pgdata.unfinished')
  if ((await textOf(mark)) !== undefined) await rm(dataFolder, { recursive: true, force: true })

  const version = await textOf(join(dataFolder, 'PG_VERSION'))
  if (version === undefined) {
    await writeFile(mark, 'The database beside this file is being made.\n')
    const link = await startWorker({ ...(await freshStart(options)), dataFolder }, onNotification)
    try {
      await rm(mark)
    } catch (error) {
      await link.end()
      throw error
    }
    return link
  }
  try {
    const checkpointEveryBytes = options.checkpointEveryBytes ?? defaultCheckpointBytes
    return await startWorker({ dataFolder, checkpointEveryBytes }, onNotification)
  } catch (error) {
    throw new Error(
      `The database in ${dataFolder}, written by PostgreSQL ${version.trim()}, did not open.`,
      { cause: error },
    )
  }
}

const defaultCheckpointBytes = 50_000_000

const freshStart = async ({ snapshot, checkpointEveryBytes }: PgliteOptions) => ({
  snapshot: snapshot === false ? undefined : (snapshot ?? (await builtSnapshot())),
  checkpointEveryBytes: checkpointEveryBytes ?? defaultCheckpointBytes,
})

const textOf = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
