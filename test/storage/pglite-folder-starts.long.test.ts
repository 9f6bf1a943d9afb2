import { chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { openPglite } from '../../src/storage/pglite/open.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { markedSnapshot } from './marked-snapshot.ts'

const newFolder = temporaryFolders()

let snapshot: Uint8Array
beforeAll(async () => {
  snapshot = await markedSnapshot()
})

describe('a folder that is no plain database', () => {
  it('restarts an interrupted creation', async () => {
    const folder = newFolder()
    mkdirSync(join(folder, 'pgdata'))
    writeFileSync(join(folder, 'pgdata', 'PG_VERSION'), '18\n')
    writeFileSync(join(folder, 'pgdata.unfinished'), '')
    const db = await openPglite({ folder, snapshot })
    expect(await db.query('select a from marked', [])).toEqual([{ a: 7 }])
    expect(existsSync(join(folder, 'pgdata.unfinished'))).toBe(false)
    await db.close()
  })

  it('is never created over existing files, and names what is missing', async () => {
    const folder = newFolder()
    const pgdata = join(folder, 'pgdata')
    await (await openPglite({ folder, snapshot })).close()
    rmSync(join(pgdata, 'PG_VERSION'))
    await expect(openPglite({ folder, snapshot })).rejects.toThrow(
      `${pgdata} holds data and is not a whole database: its file PG_VERSION is missing`,
    )
    writeFileSync(join(pgdata, 'PG_VERSION'), '18\n')
    const whole = await openPglite({ folder, snapshot })
    expect(await whole.query('select a from marked', [])).toEqual([{ a: 7 }])
    await whole.close()
  })

  it('is readable only by its owner', async () => {
    const folder = newFolder()
    chmodSync(folder, 0o755)
    await (await openPglite({ folder, snapshot })).close()
    const modes = () => [folder, join(folder, 'pgdata')].map((path) => statSync(path).mode & 0o777)
    expect(modes()).toEqual([0o700, 0o700])
    chmodSync(folder, 0o755)
    chmodSync(join(folder, 'pgdata'), 0o755)
    await (await openPglite({ folder, snapshot })).close()
    expect(modes()).toEqual([0o700, 0o700])
  })

  it('starts empty without a snapshot', async () => {
    const db = await openPglite({ folder: newFolder(), snapshot: false })
    const tables = `select count(*) as n from pg_tables where schemaname in ('public', 'tollgate')`
    expect(await db.query(tables, [])).toEqual([{ n: 0n }])
    await db.close()
  })

  it('names the database that did not open, and releases its folder', async () => {
    const folder = newFolder()
    mkdirSync(join(folder, 'pgdata'))
    writeFileSync(join(folder, 'pgdata', 'PG_VERSION'), '18\n')
    for (const _again of [1, 2]) {
      await expect(openPglite({ folder, snapshot })).rejects.toThrow(
        `${join(folder, 'pgdata')}, written by PostgreSQL 18, did not open`,
      )
    }
  })
})
