/** Where text goes. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
}

/** All that a command knows of the world, so that a test can be the world. */
export interface CliContext {
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  now(): Date
  /** Calls for each SIGINT or SIGTERM, which then no longer end the process; returns how to stop. */
  onSignal(call: () => void): () => void
  /** Calls once after `delayMs`, without keeping the process alive; returns how to cancel. */
  after(delayMs: number, call: () => void): () => void
  /** Ends the process at once, whatever is under way. */
  exit(code: number): void
}

/** This process. */
export const processContext = (): CliContext => ({
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  now: () => new Date(),
  onSignal: (call) => {
    const signals = ['SIGINT', 'SIGTERM'] as const
    for (const signal of signals) process.on(signal, call)
    return () => {
      for (const signal of signals) process.off(signal, call)
    }
  },
  after: (delayMs, call) => {
    const timer = setTimeout(call, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
  exit: (code) => process.exit(code),
})

/** Writes whole lines. */
export const print = (output: Output, ...lines: readonly string[]): void => {
  if (lines.length > 0) output.write(`${lines.join('\n')}\n`)
}
