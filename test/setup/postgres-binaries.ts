import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { installPackage, type Missing } from './debian-package.ts'

/** The folder with initdb and postgres, version 15 or later. */
export interface PostgresBinaries {
  readonly folder: string
}

const oldestMajor = 15

/** Looks in PATH, where Debian puts versions, and where pg_config points; installs if it may. */
export const findOrInstallPostgres = (): PostgresBinaries | Missing =>
  newestPostgres() ??
  installPackage('postgresql', `No PostgreSQL ${oldestMajor} or later was found.`) ??
  newestPostgres() ?? {
    missing: `Debian here has no PostgreSQL ${oldestMajor} or later.`,
    installable: true,
  }

const newestPostgres = (): PostgresBinaries | undefined => {
  const folder = newestFolder()
  return folder === undefined ? undefined : { folder }
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
