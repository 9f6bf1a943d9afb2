/** The time, and a way to wait; a clock of `tollgate/testing` will do. */
export interface ClientClock {
  now(): Date
  /** Calls once after `delayMs`; the returned function cancels. */
  after(delayMs: number, call: () => void): () => void
}
