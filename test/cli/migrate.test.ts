import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { openPglite } from '../../src/storage/pglite/open.ts'
import { onServer } from '../setup/substrates.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { printedBy, runCommand, SLOW } from './run-command.ts'

const data = join(temporaryFolders()(), 'data')

describe('tollgate migrate', SLOW, () => {
  it('creates a database, and then finds nothing to do', async () => {
    await printedBy(['migrate', '--data', data])
    expect(await printedBy(['migrate', '--data', data])).toBe(
      `Nothing to do: ${data} is up to date.\n`,
    )
  })

  it('refuses a database of a newer version, with a sentence', async () => {
    const database = await openPglite({ folder: data })
    await database.query('insert into tollgate.migrations (name, hash) values ($1, $2)', [
      '9999_from_the_future',
      'unknown',
    ])
    await database.close()
    for (const args of [['migrate'], ['start', '--port', '0']]) {
      const { code, stdout, stderr } = await runCommand([...args, '--data', data])
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(/^This database is newer than this version .*9999_from_the_future/)
      expect(stderr.trim().split('\n')).toHaveLength(1)
    }
  })

  it.skipIf(inject('postgresUrl') === undefined)(
    'reports the migrations applied to a PostgreSQL database',
    async () => {
      const server = inject('postgresUrl') as string
      const database = `tollgate_migrate_${inject('runId')}`
      await onServer(server, (client) => client.query(`create database ${database}`))
      const url = new URL(server)
      url.pathname = `/${database}`
      const args = ['migrate', '--database-url', url.href]
      const first = await printedBy(args)
      const second = await printedBy(args)
      await onServer(server, (client) => client.query(`drop database ${database} with (force)`))
      expect(first).toMatch(/^Applied \d+ steps to .*:\n {2}0001_/)
      expect(second).toMatch(/^Nothing to do: /)
    },
  )
})
