/** The time of the process that waits: no clock of the store's is compared with it. */
export interface Timers {
  readonly nowMs: () => number
  /** Calls back after so long, unless what it gives is called before. Keeps no process alive. */
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
