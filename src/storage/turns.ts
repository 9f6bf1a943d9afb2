/** One piece of work at a time, in the order asked. */
export interface Turns {
  /** Runs `work` when all earlier work has settled. A failure does not stop the next. */
  run<T>(work: () => Promise<T>): Promise<T>
}

/** A first-in, first-out mutex. */
export const createTurns = (): Turns => {
  let last: Promise<unknown> = Promise.resolve()
  return {
    run: (work) => {
      const mine = last.then(work)
      last = mine.catch(() => undefined)
      return mine
    },
  }
}
