import { fsyncSync } from 'node:fs'
import type { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'

/** The part of the engine's own files that we use. Its types do not name it. */
export interface EngineFiles {
  readonly NODEFS: {
    readonly stream_ops: { fsync?: (stream: { readonly nfd: number }) => number }
  }
}

type EngineOptions = Parameters<NodeFS['init']>[1]

/** `EIO` as the engine was compiled. PostgreSQL panics on a failed sync, and so does the engine. */
const ERRNO_IO = 29

/**
 * A folder whose `fsync` reaches the disk. PGlite asks for a sync wherever PostgreSQL does, but its
 * own files report success without syncing. With this class and `withSync`, commits survive a power
 * cut, by PostgreSQL's log and checkpoints.
 */
export class SyncedFiles extends NodeFS {
  #isSyncing: boolean

  /**
   * Without `isSyncing`, syncing starts with `beginSyncing`: a new folder is first synced as a
   * whole.
   */
  constructor(folder: string, isSyncing = true) {
    super(folder)
    this.#isSyncing = isSyncing
  }

  beginSyncing(): void {
    this.#isSyncing = true
  }

  override async init(
    pg: PGlite,
    options: EngineOptions,
  ): Promise<{ emscriptenOpts: EngineOptions }> {
    const { emscriptenOpts } = await super.init(pg, options)
    const prepare = (engine: unknown): void => this.prepare(engine as EngineFiles)
    const preRun = [...(emscriptenOpts.preRun ?? []), prepare]
    return { emscriptenOpts: { ...emscriptenOpts, preRun } }
  }

  /** Runs before any file of the database is read. */
  protected prepare({ NODEFS }: EngineFiles): void {
    NODEFS.stream_ops.fsync = ({ nfd }) => {
      if (!this.#isSyncing) return 0
      try {
        fsyncSync(nfd)
        return 0
      } catch {
        return ERRNO_IO
      }
    }
  }
}

/**
 * PGlite's parameters, with syncs. The default `fdatasync` of the log never reaches our files, so
 * the log uses `fsync`.
 */
export const withSync = (parameters: readonly string[]): string[] => [
  ...parameters.filter((parameter) => parameter !== '-F'),
  ...['-c', 'fsync=on', '-c', 'wal_sync_method=fsync'],
]
