import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { NODE_ARGUMENTS } from '../setup/node-arguments.ts'
import { withOwnJournal } from './own-journal.ts'

/** The installed program. It runs the built files. */
const BIN = fileURLToPath(new URL('../../bin/tollgate.js', import.meta.url))

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export type Environment = Readonly<Record<string, string>>

/** Runs one command to its end, as a process. */
export const runBin = async (args: readonly string[], env: Environment = {}): Promise<Finished> => {
  const child = spawnBin(args, env)
  const output = collect(child)
  const code = await exitOf(child)
  return { code, ...output() }
}

export interface RunningServer {
  readonly pid: number
  readonly url: string
  output(): { readonly stdout: string; readonly stderr: string }
  /** Asks the process to stop, and returns its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** Starts servers as processes, which are killed at the end of the current block. */
export const runningBins = (): StartServer => {
  const children: ChildProcess[] = []
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL')
  })
  return (args, env = {}) => {
    const child = spawnBin(
      ['start', '--port', '0', '--drain', '0', ...args],
      withOwnJournal(args, env),
    )
    children.push(child)
    return listening(child)
  }
}

export type StartServer = (args: readonly string[], env?: Environment) => Promise<RunningServer>

/** Waits until the server reports that it listens. */
const listening = async (child: ChildProcess): Promise<RunningServer> => {
  const output = collect(child)
  const exit = exitOf(child)
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const address = /^tollgate listening on (\S+)$/m.exec(output().stdout)?.[1]
      if (address) resolve(address)
    })
    exit.then((code) => reject(new Error(`ended with ${code}:\n${output().stderr}`)), reject)
  })
  return {
    pid: child.pid as number,
    url,
    output,
    stop: (signal = 'SIGTERM') => {
      child.kill(signal)
      return exit
    },
  }
}

const spawnBin = (args: readonly string[], env: Environment): ChildProcess => {
  const { DATABASE_URL: _, TOLLGATE_ADMIN_KEY: __, ...inherited } = process.env
  return spawn(process.execPath, [...NODE_ARGUMENTS, BIN, ...args], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

const collect = (child: ChildProcess): (() => { stdout: string; stderr: string }) => {
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (part: string) => {
      text[name] += part
    })
  }
  return () => ({ ...text })
}

/** Resolves once its output is read to the end. */
const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
