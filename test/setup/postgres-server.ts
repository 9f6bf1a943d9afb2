import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
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
  project.provide('runId', `${process.pid}_${Date.now().toString(36)}`)
  const given = process.env.TEST_DATABASE_URL
  if (given) {
    project.provide('postgresUrl', given)
    return undefined
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

/** The embedded database's thread runs the built code (see src/storage/pglite/worker-link.ts). */
const requireBuild = (): void => {
  const worker = fileURLToPath(new URL('../../dist/storage/pglite/worker.js', import.meta.url))
  if (!existsSync(worker)) {
    throw new Error('The tests need dist: run `npm run build` first, or `npm test`, which does.')
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
