import { afterAll } from 'vitest'
import type { CliContext } from '../../src/cli/context.ts'
import { runCli } from '../../src/cli/program.ts'
import { withOwnJournal } from './own-journal.ts'
import type { Environment, Finished, RunningServer, StartServer } from './run-bin.ts'

/**
 * For tests with several commands: each opens a database, which takes seconds on a busy machine.
 */
export const SLOW = { timeout: 120_000 } as const

/** Runs one command to its end in this process, which saves a process per command. */
export const runCommand = async (
  args: readonly string[],
  env: Environment = {},
): Promise<Finished> => {
  const { context, output } = commandWorld(env)
  const code = await runCli(args, context)
  return { code, ...output() }
}

/** Runs a command that must succeed, and returns its output. */
export const printedBy = async (args: readonly string[], env?: Environment): Promise<string> => {
  const { code, stdout, stderr } = await runCommand(args, env)
  if (code !== 0) throw new Error(`tollgate ${args.join(' ')} ended with ${code}:\n${stderr}`)
  return stdout
}

/** Starts servers in this process, which are stopped at the end of the current block. */
export const runningServers = (): StartServer => {
  const servers: RunningServer[] = []
  afterAll(() => Promise.all(servers.map((server) => server.stop())))
  return async (args, env = {}) => {
    const server = await listening(args, withOwnJournal(args, env))
    servers.push(server)
    return server
  }
}

const listening = async (args: readonly string[], env: Environment): Promise<RunningServer> => {
  const { context, output, signal, onWritten } = commandWorld(env)
  const ended = runCli(['start', '--port', '0', '--drain', '0', ...args], context)
  const url = await new Promise<string>((resolve, reject) => {
    onWritten(() => {
      const address = /^tollgate listening on (\S+)$/m.exec(output().stdout)?.[1]
      if (address) resolve(address)
    })
    ended.then((code) => reject(new Error(`ended with ${code}:\n${output().stderr}`)), reject)
  })
  return {
    pid: process.pid,
    url,
    output,
    stop: () => {
      signal()
      return ended
    },
  }
}

/** The world of one command: a given environment, and signals sent by the test. */
const commandWorld = (env: Environment) => {
  const written = { stdout: '', stderr: '' }
  const listeners = new Set<() => void>()
  let onWritten = (): void => undefined
  const into = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[name] += text
      onWritten()
    },
  })
  const context: CliContext = {
    stdout: into('stdout'),
    stderr: into('stderr'),
    env,
    now: () => new Date(),
    onSignal: (call) => {
      listeners.add(call)
      return () => listeners.delete(call)
    },
    after: (delayMs, call) => {
      const timer = setTimeout(call, delayMs)
      timer.unref()
      return () => clearTimeout(timer)
    },
    exit: (code) => {
      throw new Error(`tollgate wanted to end the process at once, with ${code}`)
    },
  }
  return {
    context,
    output: () => ({ ...written }),
    signal: () => {
      for (const call of listeners) call()
    },
    onWritten: (call: () => void) => {
      onWritten = call
    },
  }
}
