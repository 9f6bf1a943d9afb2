import type { ErrorFields } from '../database-error.ts'

/** What the worker needs to open its database. */
export interface WorkerStart {
  /** The data folder; in memory when absent. */
  readonly dataFolder?: string
  /** True if everything in the data folder is on the disk. If not, the worker syncs it first. */
  readonly isSynced?: boolean
  /** A dumped data folder to start from, for an empty folder or an empty memory. */
  readonly snapshot?: Uint8Array
  readonly checkpointEveryBytes: number
}

/** One row with parsed values, all of which survive a structured clone. */
export type Row = Record<string, unknown>

/** A request to the worker. It answers in the order asked. */
export type Ask =
  /** Without values, the text goes by the simple protocol and may hold several statements. */
  | { readonly kind: 'query'; readonly text: string; readonly values?: readonly (string | null)[] }
  | { readonly kind: 'begin' }
  | { readonly kind: 'commit' }
  /** Ends a transaction if one is open. */
  | { readonly kind: 'rollback' }
  /** The whole data folder as a gzipped tar. */
  | { readonly kind: 'dump' }
  | { readonly kind: 'close' }

export type ToWorker = Ask & { readonly id: number }

/** The answer to a request; `rows` are those of the last statement. */
export interface Answer {
  readonly rows: Row[]
  readonly dump?: Uint8Array
}

export type FromWorker =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'answer'; readonly id: number } & Answer)
  | { readonly kind: 'failed'; readonly id: number; readonly error: ErrorFields }
  | { readonly kind: 'notified'; readonly channel: string; readonly payload: string }
