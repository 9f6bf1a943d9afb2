import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The folder with initdb and postgres, version 15 or later. */
export interface PostgresBinaries {
  readonly folder: string
}

/** Why there are none, and whether this machine could have installed them. */
export interface NoPostgres {
  readonly missing: string
  readonly installable: boolean
}

const oldestMajor = 15

/** Looks in PATH, where Debian puts versions, and where pg_config points; installs if it may. */
export const findOrInstallPostgres = (): PostgresBinaries | NoPostgres => {
  const folder = newestFolder()
  if (folder) return { folder }
  const installable = existsSync('/etc/debian_version') && process.getuid?.() === 0
  if (!installable) {
    return { missing: `No PostgreSQL ${oldestMajor} or later was found.`, installable }
  }
  console.log(
    `No PostgreSQL ${oldestMajor} or later is installed. Installing Debian's for the tests: ` +
      'apt-get update && apt-get install -y postgresql',
  )
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'postgresql']]) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const { status } = spawnSync('/usr/bin/apt-get', ['-qq', ...args], { stdio: 'inherit', env })
    if (status !== 0) return { missing: `\`apt-get ${args.join(' ')}\` failed.`, installable }
  }
  const installed = newestFolder()
  if (installed) return { folder: installed }
  return { missing: `Debian here has no PostgreSQL ${oldestMajor} or later.`, installable }
}

const newestFolder = (): string | undefined =>
  candidates()
    .filter((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
    .map((folder) => ({ folder, major: majorOf(folder) }))
    .filter(({ major }) => major >= oldestMajor)
    .sort((one, other) => other.major - one.major)[0]?.folder

const candidates = (): string[] => {
  const debian = '/usr/lib/postgresql'
  return [
    ...(process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''),
    ...(existsSync(debian) ? readdirSync(debian).map((name) => join(debian, name, 'bin')) : []),
    ...outputOf('pg_config', ['--bindir']),
  ]
}

const majorOf = (folder: string): number => {
  const [version = ''] = outputOf(join(folder, 'postgres'), ['--version'])
  return Number(/(\d+)/.exec(version)?.[1] ?? 0)
}

const outputOf = (command: string, args: string[]): string[] => {
  try {
    const output = execFileSync(command, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return [output.trim()]
  } catch {
    return []
  }
}
