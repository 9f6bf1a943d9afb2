import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** What a load does to a server: how fast it answers, and what it spends on that. */
export interface HttpFigures {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Processor time of the server's process for a request; where the system tells it: Linux. */
  readonly cpuMicroseconds: number | undefined
}

/** What every connection sends, again and again. */
interface HttpRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A server in a process of its own. */
export interface HttpServer {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

/** A client in a process of its own. */
export interface HttpLoad {
  run(
    server: HttpServer,
    request: HttpRequest,
    connections: number,
    count: number,
    /** How long each connection waits after an answer; not at all, if not given. */
    pauseMs?: number,
  ): Promise<HttpFigures>
  stop(): Promise<void>
}

/** Starts a script that says `… listening on <address>`, and ends it by SIGTERM. */
export const startServer = async (
  script: URL,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<HttpServer> => {
  // For the servers alone: with BENCH_NODE_ARGS=--cpu-prof they write down what they spend time on.
  const nodeArgs = (process.env.BENCH_NODE_ARGS ?? '').split(' ').filter((arg) => arg !== '')
  const child = spawn(process.execPath, [...nodeArgs, fileURLToPath(script), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const [url] = /http:\/\/\S+$/.exec(line) ?? []
    if (url) return { url, pid: child.pid as number, stop: () => ended(child) }
  }
  throw new Error(`${script} ended before it listened`)
}

const ended = async (child: ChildProcess): Promise<void> => {
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}

export const startLoad = (): HttpLoad => {
  const child = fork(new URL('./http-load.mjs', import.meta.url))
  return {
    run: async (server, request, connections, count, pauseMs = 0) => {
      const before = await cpuSecondsOf(server.pid)
      const answer = once(child, 'message')
      child.send({ url: server.url, ...request, connections, count, pauseMs })
      const [{ figures, error }] = await answer
      if (error) throw new Error(error)
      const after = await cpuSecondsOf(server.pid)
      const spent = before === undefined || after === undefined ? undefined : after - before
      return { ...figures, cpuMicroseconds: spent && (spent * 1_000_000) / count }
    },
    stop: async () => {
      const exit = once(child, 'exit')
      child.disconnect()
      await exit
    },
  }
}

/** Linux counts it in hundredths of a second: runs are to take seconds. */
const TICKS_PER_SECOND = 100

const cpuSecondsOf = async (pid: number): Promise<number | undefined> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return undefined
  // After the name, which may hold anything: the 12th and 13th are user's and system's time.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}
