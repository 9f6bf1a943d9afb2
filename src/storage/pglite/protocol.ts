import type { ErrorFields } from '../database-error.ts'

/** What the worker needs to open its database. */
export interface WorkerStart {
  /** The data folder; in memory when absent. */
  readonly dataFolder?: string
  /** All that is in the data folder is on the disk; else the worker sees to that first. */
  readonly isSynced?: boolean
  /** A dumped data folder to begin from, for a folder or a memory that is empty. */
  readonly snapshot?: Uint8Array
  readonly checkpointEveryBytes: number
}

/** One row, its values already parsed: all of them survive a structured clone. */
export type Row = Record<string, unknown>

/** What is asked of the worker. It answers in the order asked. */
export type Ask =
  /** Without values the text goes by the simple protocol and may hold several statements. */
  | { readonly kind: 'query'; readonly text: string; readonly values?: readonly (string | null)[] }
  | { readonly kind: 'begin' }
  | { readonly kind: 'commit' }
  /** Ends a transaction if one is open. */
  | { readonly kind: 'rollback' }
  /** The whole data folder as a gzipped tar. */
  | { readonly kind: 'dump' }
  | { readonly kind: 'close' }

export type ToWorker = Ask & { readonly id: number }

/** What an ask is answered with; `rows` are those of the last statement. */
export interface Answer {
  readonly rows: Row[]
  readonly dump?: Uint8Array
}

export type FromWorker =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'answer'; readonly id: number } & Answer)
  | { readonly kind: 'failed'; readonly id: number; readonly error: ErrorFields }
  | { readonly kind: 'notified'; readonly channel: string; readonly payload: string }
