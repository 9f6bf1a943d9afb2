import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where redis-server and redis-cli are. */
export interface RedisBinaries {
  readonly server: string
  readonly cli: string
}

/** Why there are none, and whether this machine could have installed them. */
export interface NoRedis {
  readonly missing: string
  readonly installable: boolean
}

/** Looks in PATH; installs if it may. */
export const findOrInstallRedis = (): RedisBinaries | NoRedis => {
  const found = findRedis()
  if (found) return found
  const installable = existsSync('/etc/debian_version') && process.getuid?.() === 0
  if (!installable) return { missing: 'There is no redis-server in PATH.', installable }
  console.log(
    "No Redis is installed. Installing Debian's for the tests: " +
      'apt-get update && apt-get install -y redis-server',
  )
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'redis-server']]) {
    // At this run level the package starts no server of its own.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
    const { status } = spawnSync('/usr/bin/apt-get', ['-qq', ...args], { stdio: 'inherit', env })
    if (status !== 0) return { missing: `\`apt-get ${args.join(' ')}\` failed.`, installable }
  }
  return findRedis() ?? { missing: 'Debian here has no redis-server.', installable }
}

/** The binaries in PATH, without installing any. */
export const findRedis = (): RedisBinaries | undefined => {
  const server = inPath('redis-server')
  const cli = inPath('redis-cli')
  return server && cli ? { server, cli } : undefined
}

const inPath = (name: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path))
