/** The result of sending a message. */
export interface MessageOutcome {
  /**
   * `again`: try later. `refused`: this message will never be accepted. `gone`: the target will
   * never accept anything.
   */
  readonly verdict: 'done' | 'again' | 'refused' | 'gone'
  /** The status code of HTTP or SMTP; null: there was no answer. */
  readonly status: number | null
  /** Why it failed; null: it was delivered. */
  readonly error: string | null
  /** The beginning of the answer, which is somebody else's text. */
  readonly answer: string | null
  /** How long the other side asks us to wait. */
  readonly retryAfterMs?: number | undefined
}
