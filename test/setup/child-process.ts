import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { NODE_ARGUMENTS } from './node-arguments.ts'

/** A real process, which is killed when the block that started it is over. */
export interface Child {
  readonly process: ChildProcess
  /** Writes one line to it. */
  write(line: string): void
  /** Its next line; rejects when it ended without one, with what it complained of. */
  next(): Promise<string>
  /** Resolves with its exit code, or the signal that ended it, once all it said can be read. */
  readonly ended: Promise<number | string | null>
}

/** Starts `.mjs` files beside the tests, by their address. */
export const childProcesses = (): ((script: URL, ...args: string[]) => Child) => {
  const children: Child[] = []
  afterAll(async () => {
    for (const child of children) child.process.kill('SIGKILL')
    await Promise.all(children.map((child) => child.ended))
  })
  return (script, ...args) => {
    const child = start(script, args)
    children.push(child)
    return child
  }
}

const start = (script: URL, args: string[]): Child => {
  const child = spawn(process.execPath, [...NODE_ARGUMENTS, fileURLToPath(script), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    process: child,
    write: (line) => child.stdin.write(`${line}\n`),
    next: async () => {
      const { value, done } = await lines.next()
      if (done) throw new Error(`${script} ended without another line. ${complaints}`)
      return value
    },
    ended: new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal))),
  }
}
