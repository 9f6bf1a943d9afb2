import { spawn } from 'node:child_process'

/** Where text goes. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
}

/** Somebody at a terminal, with a browser beside it. */
export interface Person {
  /** Calls once when they press Enter; returns how not to any more. */
  onEnter(call: () => void): () => void
  /** Shows them a page. Whether it could be shown is for them to see. */
  show(url: string): void
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
  /** Who sits at the terminal that started it; undefined where nobody does. */
  readonly person?: Person | undefined
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
  person: process.stdin.isTTY && process.stdout.isTTY ? personAtTerminal() : undefined,
  exit: (code) => process.exit(code),
})

const personAtTerminal = (): Person => ({
  onEnter: (call) => {
    const { stdin } = process
    stdin.once('data', call)
    // Waiting for a key must not keep the process up.
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

/** The command that opens a URL in the default browser, by platform; elsewhere `xdg-open`. */
const BROWSERS: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

/** Writes whole lines. */
export const print = (output: Output, ...lines: readonly string[]): void => {
  if (lines.length > 0) output.write(`${lines.join('\n')}\n`)
}
