import { fsyncSync } from 'node:fs'
import type { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'

/** What is used of the engine's own files; its types do not name it. */
export interface EngineFiles {
  readonly NODEFS: {
    readonly stream_ops: { fsync?: (stream: { readonly nfd: number }) => number }
  }
}

type EngineOptions = Parameters<NodeFS['init']>[1]

/** `EIO` as the engine was compiled: a failed sync is a panic to it, as to any PostgreSQL. */
const ERRNO_IO = 29

/**
 * A folder whose `fsync` reaches the disk. PGlite is PostgreSQL, and asks for a sync wherever
 * PostgreSQL does; its own files say that they have done it, and have not. With it done, and with
 * `withSync`, its commits survive a power cut by PostgreSQL's log and checkpoints.
 */
export class SyncedFiles extends NodeFS {
  #isSyncing: boolean

  /** Without `isSyncing` it begins to sync when it is told to: a new folder is synced as a whole. */
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

  /** Runs before anything of the database is read. */
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
 * PGlite's parameters, with syncs. The log's usual `fdatasync` is answered before any file is
 * asked, so it is synced by `fsync`.
 */
export const withSync = (parameters: readonly string[]): string[] => [
  ...parameters.filter((parameter) => parameter !== '-F'),
  ...['-c', 'fsync=on', '-c', 'wal_sync_method=fsync'],
]
