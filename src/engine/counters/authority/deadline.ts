import { AuthorityUnavailable } from './authority-unavailable.ts'

/** The part of a clock that calls back. */
export interface Timer {
  /** Calls once after `delayMs`; the returned function cancels. */
  after(delayMs: number, call: () => void): () => void
}

/**
 * The promise's own outcome if it comes within `ms`, and `AuthorityUnavailable` if not. The work
 * goes on all the same: whoever started it decides what a late outcome means.
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
