/** The client's clock and timer. A clock of `tollgate/testing` fits. */
export interface ClientClock {
  now(): Date
  /** Calls once after `delayMs`; the returned function cancels. */
  after(delayMs: number, call: () => void): () => void
}
