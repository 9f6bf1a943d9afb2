import type { ModelUsage } from './usage/amounts.ts'

/** What an event of a stream brings. */
export interface TakenEvent<Pass> {
  /** What is given on now: less where something is held back or hidden. */
  readonly pass: Pass
  /** What the model wrote in it, to be counted. */
  readonly text: string
  /** Nothing follows it. */
  readonly isLast?: boolean
  /** The provider says that it failed. */
  readonly isError?: boolean
}

/** What is known to be used when a stream ends early. */
export interface KnownUse {
  readonly inputTokens: number
  readonly outputTokens: number
}

/** Reads the stream of one answer. */
export interface StreamReader<Event, Pass> {
  readonly take: (event: Event) => TakenEvent<Pass>
  /** What the provider says was used; `isFinal` once it is all of it. */
  readonly usage: () => { readonly amounts: ModelUsage; readonly isFinal: boolean } | undefined
  /** The model that answers, as soon as it is told. */
  readonly model: () => string | undefined
  /** The protocol's own way to say that the model stopped at its most tokens. */
  readonly ending: (used: KnownUse) => Pass
  /** The same, that whoever waited for the answer has left; without it the stream breaks. */
  readonly farewell?: (used: KnownUse) => Pass
}

/** How what a source gives is made of events, and what is given on of what they pass. */
export interface StreamForm<Source, Event, Pass, Chunk> {
  /** The events in what was read; `undefined` at the end. */
  readonly events: (read: Source | undefined) => readonly Event[]
  readonly chunks: (passed: readonly Pass[]) => readonly Chunk[]
  /** What is left at the end that is no event. */
  readonly rest: () => Pass | undefined
}

/** What is read from: a reader of a stream, or an iterator. */
export interface StreamSource<Source> {
  readonly read: () => Promise<{ readonly done: boolean; readonly value?: Source | undefined }>
  readonly cancel: (reason?: unknown) => Promise<unknown>
}

/** Reads an iterator. One that is waited for cannot be told to stop before it has answered. */
export const sourceOf = <Item>(iterator: AsyncIterator<Item>): StreamSource<Item> => ({
  read: async () => {
    const { done, value } = await iterator.next()
    return done ? { done: true } : { done: false, value }
  },
  cancel: async () => iterator.return?.(),
})
