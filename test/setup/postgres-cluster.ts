import { execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import type { PostgresBinaries } from './postgres-binaries.ts'

/** A server that lives as long as the run. */
export interface Cluster {
  readonly url: string
  stop(): Promise<void>
}

/**
 * Makes a cluster in a temporary folder and starts it on a free port of this machine only. It
 * sorts text by a language where initdb can: order that only holds in the embedded database, which
 * sorts by bytes, then shows. It keeps fsync on unless TOLLGATE_TEST_FSYNC is off: no test cuts the
 * power, and what is killed has left its writes to the system.
 *
 * A small shell stands between: it waits for the end of its input, which comes when this process
 * ends in whatever way, then stops the server and removes the folder.
 */
export const startCluster = async ({ folder }: PostgresBinaries): Promise<Cluster> => {
  const home = mkdtempSync(join(tmpdir(), 'tollgate-postgres-'))
  const owner = ownerForServer()
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(home, owner.uid, owner.gid)
  const data = join(home, 'data')
  initialize(join(folder, 'initdb'), data, owner)

  const port = await freePort()
  const server = [
    join(folder, 'postgres'),
    ...['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', ''],
    ...[
      '-c',
      'max_connections=200',
      '-c',
      `fsync=${process.env.TOLLGATE_TEST_FSYNC ?? 'on'}`,
      '-c',
      // A page that is half written is of a power cut, too.
      `full_page_writes=${process.env.TOLLGATE_TEST_FSYNC ?? 'on'}`,
      '-c',
      'logging_collector=off',
    ],
  ]
  // `$@` is the server, `$0` the folder.
  const script = `
    "$@" > "$0/log" 2>&1 < /dev/null &
    server=$!
    cat > /dev/null
    kill -INT $server
    wait $server
    rm -rf "$0"`
  const guard = spawn('sh', ['-c', script, home, ...server], {
    ...owner,
    // A group of its own: Ctrl-C is for the tests, and the guard must outlive them.
    detached: true,
    cwd: home,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const ended = new Promise<void>((resolve) => guard.once('exit', () => resolve()))
  guard.unref()

  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  try {
    await accepting(url, join(home, 'log'))
  } catch (error) {
    guard.stdin?.end()
    throw error
  }
  return {
    url,
    stop: async () => {
      guard.ref()
      guard.stdin?.end()
      await ended
    },
  }
}

const initialize = (initdb: string, data: string, owner: SpawnOptions): void => {
  const common = ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--no-sync']
  const byLanguage = ['--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en']
  const options = { ...owner, cwd: '/', stdio: 'pipe' } as const
  try {
    execFileSync(initdb, [...common, ...byLanguage], options)
  } catch {
    rmSync(data, { recursive: true, force: true })
    execFileSync(initdb, [...common, '--locale=C'], options)
  }
}

/** Who a server runs as. PostgreSQL refuses to run as root; Debian's user for it will do, or nobody. */
export const ownerForServer = (): { uid?: number; gid?: number } => {
  if (process.getuid?.() !== 0) return {}
  const users = new Map(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name, , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]),
  )
  return users.get('postgres') ?? users.get('nobody') ?? { uid: 65_534, gid: 65_534 }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })

/** Resolves when the server answers; throws with its log when it does not within 20 s. */
const accepting = async (url: string, log: string): Promise<void> => {
  const deadline = Date.now() + 20_000
  for (;;) {
    const client = new Client({ connectionString: url })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (Date.now() > deadline) {
        throw new Error(`PostgreSQL did not start:\n${readFileSync(log, 'utf8')}`, { cause: error })
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
