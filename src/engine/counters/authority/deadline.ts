import { AuthorityUnavailable } from './authority-unavailable.ts'

/** The timer part of a clock. */
export interface Timer {
  /** Calls once after `delayMs`; the returned function cancels. */
  after(delayMs: number, call: () => void): () => void
}

/**
 * The promise's outcome if it settles within `ms`, and `AuthorityUnavailable` otherwise. The work
 * is not cancelled. Its caller decides what a late outcome means.
 */
export const withDeadline = <T>(promise: Promise<T>, ms: number, clock: Timer): Promise<T> =>
  new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () =>
      reject(new AuthorityUnavailable(`No answer came within ${ms} ms.`)),
    )
    promise.then(
      (value) => {
        cancel()
        resolve(value)
      },
      (error: unknown) => {
        cancel()
        reject(error)
      },
    )
  })
