import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A load's effect on a server: its latency and its processor time. */
export interface HttpFigures {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Processor time of the server's process per request, where the system reports it: on Linux. */
  readonly cpuMicroseconds: number | undefined
}

/** The request that every connection repeats. */
interface HttpRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A server in its own process. */
export interface HttpServer {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

/** A client in its own process. */
export interface HttpLoad {
  run(
    server: HttpServer,
    request: HttpRequest,
    connections: number,
    count: number,
    /** Each connection's pause after an answer; no pause by default. */
    pauseMs?: number,
  ): Promise<HttpFigures>
  stop(): Promise<void>
}

/** Starts a script that prints `… listening on <address>`, and ends it with SIGTERM. */
export const startServer = async (
  script: URL,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<HttpServer> => {
  // For the servers only: BENCH_NODE_ARGS=--cpu-prof makes them write a CPU profile.
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

/** Linux counts it in hundredths of a second, so runs must take seconds. */
const TICKS_PER_SECOND = 100

const cpuSecondsOf = async (pid: number): Promise<number | undefined> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return undefined
  // Fields after the name, which may contain anything: the 12th and 13th are user and system time.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}
