import { execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { RedisBinaries } from './redis-binaries.ts'

/** Servers that live as long as the run, or until they are stopped. */
export interface RedisProcesses {
  readonly ports: readonly number[]
  stop(): Promise<void>
}

export interface RedisProcessOptions {
  readonly ports: readonly number[]
  /** Of `ports`, those that are to be nodes of a cluster. */
  readonly clusterPorts?: readonly number[]
}

const NODE_TIMEOUT_MS = 2_000
const run = promisify(execFile)

/**
 * Starts servers that keep nothing, on this machine only, each with a folder of its own.
 *
 * A small shell stands between: it waits for the end of its input, which comes when this process
 * ends in whatever way, then stops the servers and removes the folder.
 */
export const startRedis = async (
  { server, cli }: RedisBinaries,
  { ports, clusterPorts = [] }: RedisProcessOptions,
): Promise<RedisProcesses> => {
  const home = mkdtempSync(join(tmpdir(), 'tollgate-redis-'))
  for (const port of ports) mkdirSync(join(home, String(port)))
  const script = `
    server=$1; clustered=$2; pids=; shift 2
    for port in "$@"; do
      more=
      case " $clustered " in *" $port "*)
        more="--cluster-enabled yes --cluster-node-timeout ${NODE_TIMEOUT_MS}";; esac
      "$server" --port $port --bind 127.0.0.1 --dir "$0/$port" --save '' --appendonly no $more \\
        > "$0/$port/log" 2>&1 < /dev/null &
      pids="$pids $!"
    done
    cat > /dev/null
    kill $pids 2> /dev/null
    wait
    rm -rf "$0"`
  const args = ['-c', script, home, server, clusterPorts.join(' '), ...ports.map(String)]
  const guard = spawn('sh', args, {
    // A group of its own: Ctrl-C is for the tests, and the guard must outlive them.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const ended = new Promise<void>((resolve) => guard.once('exit', () => resolve()))
  guard.unref()
  const stop = async () => {
    guard.ref()
    guard.stdin?.end()
    await ended
  }
  try {
    for (const port of ports) await answering(cli, port)
    if (clusterPorts.length > 0) await makeCluster(cli, clusterPorts)
  } catch (error) {
    const logs = readdirSync(home).map((port) => readFileSync(join(home, port, 'log'), 'utf8'))
    await stop()
    throw new Error(`Redis did not start:\n${logs.join('\n')}`, { cause: error })
  }
  return { ports, stop }
}

/** Ports that are free now; those of cluster nodes need the one 10,000 above free as well. */
export const freePorts = async (count: number): Promise<number[]> => {
  const found: number[] = []
  for (let port = 20_000 + (process.pid % 500) * 50; found.length < count; port++) {
    if (port > 55_000) throw new Error('There are no free ports for Redis.')
    if ((await isFree(port)) && (await isFree(port + 10_000))) found.push(port)
  }
  return found
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

const makeCluster = async (cli: string, ports: readonly number[]): Promise<void> => {
  const nodes = ports.map((port) => `127.0.0.1:${port}`)
  await run(cli, ['--cluster', 'create', ...nodes, '--cluster-replicas', '0', '--cluster-yes'])
  // redis-cli ends when the nodes agree on the slots; each still has to find the cluster whole.
  for (const port of ports) await until(cli, port, ['cluster', 'info'], /cluster_state:ok/)
}

const answering = (cli: string, port: number): Promise<void> => until(cli, port, ['ping'], /PONG/)

/** Resolves when the answer matches; throws when it does not within 20 s. */
const until = async (cli: string, port: number, args: string[], wanted: RegExp): Promise<void> => {
  const deadline = Date.now() + 20_000
  for (;;) {
    const { stdout } = await run(cli, ['-p', String(port), ...args]).catch(() => ({ stdout: '' }))
    if (wanted.test(stdout)) return
    if (Date.now() > deadline) throw new Error(`${args.join(' ')} on ${port} said: ${stdout}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
