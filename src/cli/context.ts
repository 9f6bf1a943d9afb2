import { spawn } from 'node:child_process'

/** A stream for text output. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
}

/** A person at a terminal with a browser. */
export interface Person {
  /** Calls once when they press Enter. The returned function cancels. */
  onEnter(call: () => void): () => void
  /** Opens a page in their browser. It does not report whether that worked. */
  show(url: string): void
}

/** A command's access to the outside world, replaceable by tests. */
export interface CliContext {
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  now(): Date
  /**
   * Calls for each SIGINT or SIGTERM, which then no longer end the process. The returned function
   * stops this.
   */
  onSignal(call: () => void): () => void
  /**
   * Calls once after `delayMs`, without keeping the process alive. The returned function cancels.
   */
  after(delayMs: number, call: () => void): () => void
  /** The person at the terminal; undefined if there is none. */
  readonly person?: Person | undefined
  /** Ends the process at once. */
  exit(code: number): void
}

/** The context of the current process. */
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
  person: process.stdin.isTTY && process.stdout.isTTY ? personAtTerminal() : undefined,
  exit: (code) => process.exit(code),
})

const personAtTerminal = (): Person => ({
  onEnter: (call) => {
    const { stdin } = process
    stdin.once('data', call)
    // Waiting for a key must not keep the process alive.
    stdin.resume().unref()
    return () => {
      stdin.off('data', call)
      stdin.pause()
    }
  },
  show: (url) => {
    const [command, ...args] = BROWSERS[process.platform] ?? ['xdg-open']
    const child = spawn(command, [...args, url], { detached: true, stdio: 'ignore' })
    child.on('error', () => {})
    child.unref()
  },
})

/** The command that opens a URL in the default browser, by platform; `xdg-open` elsewhere. */
const BROWSERS: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

/** Writes whole lines. */
export const print = (output: Output, ...lines: readonly string[]): void => {
  if (lines.length > 0) output.write(`${lines.join('\n')}\n`)
}
