import type { ModelUsage } from './usage/amounts.ts'

/** What a reader makes of one event of a stream. */
export interface TakenEvent<Pass> {
  /** What to pass on now. It may be less than the event, if something is held back or hidden. */
  readonly pass: Pass
  /** The model's text in it, for counting tokens. */
  readonly text: string
  /** True: nothing follows. */
  readonly isLast?: boolean
  /** True: the provider reports a failure. */
  readonly isError?: boolean
}

/** The usage known when a stream ends early. */
export interface KnownUse {
  readonly inputTokens: number
  readonly outputTokens: number
}

/** Reads the stream of one answer. */
export interface StreamReader<Event, Pass> {
  readonly take: (event: Event) => TakenEvent<Pass>
  /** The usage that the provider has reported; `isFinal` when it is complete. */
  readonly usage: () => { readonly amounts: ModelUsage; readonly isFinal: boolean } | undefined
  /** The model that answers, once reported. */
  readonly model: () => string | undefined
  /** Builds the protocol's own ending for a model that reached its token limit. */
  readonly ending: (used: KnownUse) => Pass
  /** Builds an ending for a reader that left. Without it, the stream breaks. */
  readonly farewell?: (used: KnownUse) => Pass
}

/** How a source splits into events, and how passed events become chunks. */
export interface StreamForm<Source, Event, Pass, Chunk> {
  /** Parses the events in what was read; `undefined` marks the end. */
  readonly events: (read: Source | undefined) => readonly Event[]
  readonly chunks: (passed: readonly Pass[]) => readonly Chunk[]
  /** Returns what is left at the end and is not an event. */
  readonly rest: () => Pass | undefined
}

/** What is read from: a stream's reader or an iterator. */
export interface StreamSource<Source> {
  readonly read: () => Promise<{ readonly done: boolean; readonly value?: Source | undefined }>
  readonly cancel: (reason?: unknown) => Promise<unknown>
}

/** Adapts an iterator. A pending `next()` cannot be interrupted. */
export const sourceOf = <Item>(iterator: AsyncIterator<Item>): StreamSource<Item> => ({
  read: async () => {
    const { done, value } = await iterator.next()
    return done ? { done: true } : { done: false, value }
  },
  cancel: async () => iterator.return?.(),
})
