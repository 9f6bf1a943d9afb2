import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openPglite } from '../../src/storage/pglite/open.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'

const newFolder = temporaryFolders()
/** Ends the embedded database's thread by crashing its engine. */
const FATAL = 'copy pg_class from stdin'
const PATIENCE = { timeout: 60_000, interval: 50 }

describe('an embedded database after its thread died', () => {
  const folder = newFolder()
  let db: Awaited<ReturnType<typeof openPglite>>
  // One for all tests, because opening a new one takes seconds. Each test finds it serving again.
  beforeAll(async () => {
    db = await openPglite({ folder })
    await db.script('create table kept (a int)')
  })
  afterAll(() => db.close())
  beforeEach(() => db.script('truncate kept; insert into kept values (7)'))

  it('serves again by itself, with all confirmed rows', async () => {
    await db.query('insert into kept values ($1)', [8])
    await expect(db.query(FATAL)).rejects.toMatchObject({ code: '08006' })
    await vi.waitFor(async () => {
      expect(await db.query('select a from kept order by a', [])).toEqual([{ a: 7 }, { a: 8 }])
    }, PATIENCE)
  })

  it('continues no transaction of the dead thread', async () => {
    const work = db.transaction(async (tx) => {
      await tx.query('insert into kept values ($1)', [9])
      await expect(tx.query(FATAL)).rejects.toMatchObject({ unreachable: true })
      await vi.waitFor(() => expect(tx.query('select 1', [])).rejects.toThrow(), PATIENCE)
      await tx.query('insert into kept values ($1)', [10])
    })
    await expect(work).rejects.toMatchObject({ unreachable: true })
    await vi.waitFor(async () => {
      expect(await db.query('select a from kept', [])).toEqual([{ a: 7 }])
    }, PATIENCE)
  })

  it('receives notifications again, and reports that some may be lost', async () => {
    const heard: string[] = []
    await db.listen('changes', (payload) => heard.push(payload))
    await db.query(FATAL).catch(() => undefined)
    await vi.waitFor(() => expect(heard).toEqual(['*']), PATIENCE)
    await db.query('select pg_notify($1, $2)', ['changes', 'again'])
    await vi.waitFor(() => expect(heard).toEqual(['*', 'again']), PATIENCE)
  })

  it('is never recreated if its data was removed', async () => {
    rmSync(join(folder, 'pgdata'), { recursive: true })
    await db.query(FATAL).catch(() => undefined)
    await vi.waitFor(
      () => expect(db.query('select 1', [])).rejects.toThrow(/There is no database in/),
      PATIENCE,
    )
  })
})
