import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { installPackage, type Missing } from './debian-package.ts'

/** Where redis-server and redis-cli are. */
export interface RedisBinaries {
  readonly server: string
  readonly cli: string
}

/** Looks in PATH; installs if it may. */
export const findOrInstallRedis = (): RedisBinaries | Missing =>
  findRedis() ??
  // At this run level the package starts no server of its own.
  installPackage('redis-server', 'There is no redis-server in PATH.', { RUNLEVEL: '1' }) ??
  findRedis() ?? { missing: 'Debian here has no redis-server.', installable: true }

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
