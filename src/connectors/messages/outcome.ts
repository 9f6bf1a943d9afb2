/** What came of sending a message. */
export interface MessageOutcome {
  /** `again`: later; `refused`: this message, for good; `gone`: nothing will ever be taken. */
  readonly verdict: 'done' | 'again' | 'refused' | 'gone'
  /** As HTTP or SMTP has it; null: there was no answer. */
  readonly status: number | null
  /** Why it did not come through; null: it did. */
  readonly error: string | null
  /** How the answer began: what somebody else wrote. */
  readonly answer: string | null
  /** For how long the other side asks to be left alone. */
  readonly retryAfterMs?: number | undefined
}
