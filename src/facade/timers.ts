/** The clock of the waiting process. It is never compared with the store's clock. */
export interface Timers {
  readonly nowMs: () => number
  /** Calls back after a delay. The returned function cancels. Does not keep the process alive. */
  readonly after: (delayMs: number, call: () => void) => () => void
}

export const systemTimers: Timers = {
  nowMs: () => performance.now(),
  after: (delayMs, call) => {
    const timer: unknown = setTimeout(call, delayMs)
    if (typeof timer === 'object' && timer !== null && 'unref' in timer) {
      ;(timer as { unref(): void }).unref()
    }
    return () => clearTimeout(timer as number)
  },
}
