import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { onServer } from '../setup/substrates.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { runCommand, SLOW } from './run-command.ts'

const folder = temporaryFolders()()

describe('a command on a path without a database', SLOW, () => {
  it.each([
    ['doctor'],
    ['audit', 'verify'],
    ['audit', 'anchor'],
    ['keys', 'create', '--admin', '--name', 'ops'],
    ['signing-keys', 'rotate'],
    ['call', 'organizations.list'],
  ])('creates nothing there, and exits with 1 and the path: %s %s', async (...args) => {
    const typo = join(folder, 'typo')
    const { code, stdout, stderr } = await runCommand([...args, '--data', typo])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(`There is no database in ${typo}, and none was made there.\n`)
    expect(existsSync(typo)).toBe(false)
  })

  const server = inject('postgresUrl')
  it.skipIf(server === undefined)(
    "creates nothing in another application's PostgreSQL database",
    async () => {
      const name = `tollgate_test_${inject('runId')}_empty`
      await onServer(server as string, (client) => client.query(`create database ${name}`))
      const url = new URL(server as string)
      url.pathname = `/${name}`
      const { code, stderr } = await runCommand(['doctor', '--database-url', url.href])
      const schemas = await onServer(url.href, (client) =>
        client.query(`select from pg_namespace where nspname = 'tollgate'`),
      )
      await onServer(server as string, (client) => client.query(`drop database ${name}`))
      expect(code).toBe(1)
      expect(stderr).toContain('nothing was made there')
      expect(schemas.rowCount).toBe(0)
    },
  )
})
