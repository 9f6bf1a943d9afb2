import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { findOrInstallPostgres, type PostgresBinaries } from './postgres-binaries.ts'
import { startCluster } from './postgres-cluster.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A server where tests may create databases; nothing when there is none to be had. */
    postgresUrl: string | undefined
    /** Differs from run to run, so that runs may share a server. */
    runId: string
  }
}

/**
 * Gives the whole run one PostgreSQL: the one at TEST_DATABASE_URL, or else a throw-away cluster
 * made with what is installed (or, as root on Debian, with what apt-get installs).
 */
export const setup = async (project: TestProject): Promise<(() => Promise<void>) | undefined> => {
  requireBuild()
  const runId = `${process.pid}_${Date.now().toString(36)}`
  project.provide('runId', runId)
  const given = process.env.TEST_DATABASE_URL
  if (given) {
    project.provide('postgresUrl', given)
    return () => dropDatabasesOf(given, runId)
  }
  const found = findOrInstallPostgres()
  if ('missing' in found) {
    skipLoudly(found)
    project.provide('postgresUrl', undefined)
    return undefined
  }
  const cluster = await startCluster(found)
  project.provide('postgresUrl', cluster.url)
  return cluster.stop
}

/** What the run made on a server that is not its own: its template, and what a crash left. */
const dropDatabasesOf = async (url: string, runId: string): Promise<void> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ datname: string }>(
    'select datname from pg_database where datname ~ $1',
    [`^tollgate_(template|test)_${runId}(_|$)`],
  )
  for (const { datname } of rows) await client.query(`drop database ${datname} with (force)`)
  await client.end()
}

/** The embedded database's thread runs the built code (see src/storage/pglite/worker-link.ts). */
const requireBuild = (): void => {
  const builtAtMs = statSync('dist/storage/pglite/worker.js', { throwIfNoEntry: false })?.mtimeMs
  if (builtAtMs === undefined) {
    throw new Error('The tests need dist: run `npm run build` first, or `npm test`, which does.')
  }
  const newer = ['src/storage', 'src/storage/pglite']
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => statSync(path).isFile() && statSync(path).mtimeMs > builtAtMs)
  if (newer.length > 0) {
    console.warn(`dist is older than ${newer.join(', ')}: \`npm run build\` brings it up to date.`)
  }
}

const skipLoudly = ({
  missing,
  installable,
}: Exclude<ReturnType<typeof findOrInstallPostgres>, PostgresBinaries>): void => {
  const line = '!'.repeat(78)
  console.warn(
    [
      '',
      line,
      '!!! ALL TESTS ON POSTGRESQL ARE SKIPPED in this run; only the embedded database is tested.',
      `!!! Why: ${missing}`,
      '!!! Install PostgreSQL 15 or later, or set TEST_DATABASE_URL to a server for tests.',
      line,
      '',
    ].join('\n'),
  )
  if (process.env.CI && installable) {
    throw new Error(`CI must test on PostgreSQL, and could have. ${missing}`)
  }
}
