import { describe, expect, it, onTestFinished } from 'vitest'
import {
  createPgliteDatabase,
  type PgliteDatabase,
} from '../../src/storage/pglite/database-over-link.ts'
import { openPglite } from '../../src/storage/pglite/open.ts'
import { builtSnapshot } from '../../src/storage/pglite/snapshot.ts'
import { startWorker, type WorkerLink } from '../../src/storage/pglite/worker-link.ts'
import { childProcesses } from '../setup/child-process.ts'
import { isLong } from '../setup/form.ts'

const startChild = childProcesses()

describe('the housekeeping of the embedded database', () => {
  const megabyte = 1_000_000
  const logBytes = async (db: PgliteDatabase): Promise<number> => {
    const [row] = await db.query<{ bytes: bigint }>(
      'select sum(size)::int8 as bytes from pg_ls_waldir()',
      [],
    )
    return Number(row?.bytes)
  }
  const write = async (db: PgliteDatabase, rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      await db.query(
        `insert into log_filler select g, repeat(md5(g::text), 10) from generate_series(1, $1) g`,
        [20_000],
      )
    }
  }
  const open = async (checkpointEveryBytes: number): Promise<PgliteDatabase> => {
    const db = await openPglite({ checkpointEveryBytes })
    onTestFinished(() => db.close())
    await db.script('create table log_filler (a bigint, b text)')
    return db
  }

  it.runIf(isLong)('keeps the log bounded under inserts', async () => {
    const kept = await open(8 * megabyte)
    await write(kept, 12)
    // The server keeps some segments for later, so the limit is more than 8 MB.
    expect(await logBytes(kept)).toBeLessThanOrEqual(60 * megabyte)
  })

  it.runIf(isLong)('is necessary: without checkpoints the log grows', async () => {
    const grown = await open(10_000 * megabyte)
    await write(grown, 12)
    expect(await logBytes(grown)).toBeGreaterThan(100 * megabyte)
  })

  it('removes dead rows of a busy table', async () => {
    const db = await open(4 * megabyte)
    await db.script(`
      create table busy (id int primary key, n bigint);
      create index on busy (n);
      insert into busy select g, 0 from generate_series(1, 1000) g`)
    for (let round = 0; round < 60; round += 1) await db.query('update busy set n = n + 1', [])
    await db.query('select pg_stat_force_next_flush()', [])
    const [row] = await db.query<{ vacuums: bigint; dead: bigint; pages: number }>(
      `select vacuum_count as vacuums, n_dead_tup as dead, relpages as pages
       from pg_stat_user_tables join pg_class on oid = relid where relid = 'busy'::regclass`,
      [],
    )
    expect(row?.vacuums).toBeGreaterThan(0n)
    // 60,000 dead rows in all, which is more than 300 pages.
    expect(row?.dead).toBeLessThan(30_000n)
    expect(row?.pages).toBeGreaterThan(0)
    expect(row?.pages).toBeLessThan(200)
  })
})

describe('the thread of the embedded database', () => {
  let link: WorkerLink
  let released = 0
  const open = (): Promise<PgliteDatabase> =>
    createPgliteDatabase({
      start: async (onNotification) => {
        const start = { snapshot: await builtSnapshot(), checkpointEveryBytes: 50_000_000 }
        link = await startWorker(start, onNotification)
        return link
      },
      release: async () => {
        released += 1
      },
    })

  it('leaves the main thread free while it works', async () => {
    const db = await open()
    const order: string[] = []
    const long = db
      .query('select count(*) as n from generate_series(1, 3000000)', [])
      .then(() => order.push('answer'))
    await new Promise<void>((resolve) => setTimeout(resolve, 1)).then(() => order.push('timer'))
    await long
    expect(order).toEqual(['timer', 'answer'])
    await db.close()
  })

  it('rejects all waiting calls with a reason when it dies, and still closes', async () => {
    const db = await open()
    const waiting = [
      db.query('select count(*) as n from generate_series(1, 30000000)', []),
      db.query('select 1', []),
      db.transaction((tx) => tx.query('select 1', [])),
      db.script('select 1'),
    ]
    const outcomes = Promise.allSettled(waiting)
    await link.end()
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: '08006', message: expect.stringContaining('embedded database stopped') },
      })
    }
    await expect(db.query('select 1', [])).rejects.toMatchObject({ unreachable: true })
    const before = released
    await db.close()
    expect(released).toBe(before + 1)
  })

  it('ends when the engine crashes, instead of serving from its remains', async () => {
    const db = await open()
    const outcomes = await Promise.allSettled([
      db.query('copy pg_class from stdin'),
      db.query('select 1', []),
    ])
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: '08006' } })
    }
    await db.close()
  })

  it('reports an unknown outcome for a COMMIT without an answer', async () => {
    const db = await open()
    const work = db.transaction(async (tx) => {
      await tx.query('create table made (a int)', [])
      // The thread dies between the last statement and COMMIT.
      await link.end()
    })
    await expect(work).rejects.toMatchObject({ code: '08007' })
    await db.close()
  })

  it('turns deep recursion into an ordinary error', async () => {
    const db = await open()
    await db.script(`create function deeper(i int) returns int language plpgsql as
      $$ begin return deeper(i + 1); end $$`)
    const deep = '['.repeat(100_000) + ']'.repeat(100_000)
    const sum = `select 1${' + 1'.repeat(50_000)}`
    for (const [text, values] of [
      ['select deeper(1)', []],
      ['select $1::jsonb', [deep]],
      [sum, []],
    ] as const) {
      await expect(db.query(text, values)).rejects.toMatchObject({ code: '54001' })
      expect(await db.query('select 1 as a', [])).toEqual([{ a: 1 }])
    }
    await db.close()
  })

  it('finishes earlier calls on closing, and refuses later ones', async () => {
    const db = await open()
    const before = [
      db.query<{ a: number }>('select 1 as a', []),
      db.transaction((tx) => tx.query<{ a: number }>('select 2 as a', [])),
      db.query<{ a: number }>('select 3 as a', []),
    ]
    const closed = db.close()
    expect(db.close()).toBe(closed)
    for (const refused of [
      db.query('select 4', []),
      db.script('select 4'),
      db.transaction(async () => 4),
      db.listen('changes', () => undefined),
      db.dump(),
    ]) {
      await expect(refused).rejects.toMatchObject({ code: '08003' })
    }
    expect(await Promise.all(before)).toEqual([[{ a: 1 }], [{ a: 2 }], [{ a: 3 }]])
    await closed
  })

  it('does not keep the process alive while idle', async () => {
    const child = startChild(new URL('./fixtures/open-and-end.mjs', import.meta.url))
    expect(await child.next()).toBe('42')
    expect(await child.ended).toBe(0)
  })
})
