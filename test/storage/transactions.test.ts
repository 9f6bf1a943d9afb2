import { beforeAll, beforeEach, expect, it } from 'vitest'
import type { Database, Queryable } from '../../src/storage/database.ts'
import { DatabaseError } from '../../src/storage/database-error.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'

describeOnEachDatabase('a transaction', (open) => {
  let db: Database
  beforeAll(async () => {
    db = await open()
    await db.script(`
      create table tollgate.accounts (
        name text primary key,
        balance bigint not null constraint "a balance is not negative" check (balance >= 0)
      )`)
  })
  beforeEach(async () => {
    await db.script(`truncate tollgate.accounts; insert into tollgate.accounts values ('a', 10)`)
  })

  const balance = async (name = 'a'): Promise<bigint | undefined> => {
    const rows = await db.query<{ balance: bigint }>(
      'select balance from tollgate.accounts where name = $1',
      [name],
    )
    return rows[0]?.balance
  }
  const add = (on: Queryable, amount: number, name = 'a') =>
    on.query('update tollgate.accounts set balance = balance + $1 where name = $2', [amount, name])

  it("returns its work's result, and keeps its writes", async () => {
    expect(
      await db.transaction(async (tx) => {
        await add(tx, 5)
        await add(tx, 5)
        return 'done'
      }),
    ).toBe('done')
    expect(await balance()).toBe(20n)
  })

  it('rolls back when its work rejects, and rethrows that error', async () => {
    const refusal = new Error('No.')
    const work = db.transaction(async (tx) => {
      await add(tx, 5)
      throw refusal
    })
    await expect(work).rejects.toBe(refusal)
    expect(await balance()).toBe(10n)
  })

  it('fails as a whole if one statement fails', async () => {
    const work = db.transaction(async (tx) => {
      await add(tx, 5)
      await add(tx, -100)
    })
    await expect(work).rejects.toMatchObject({
      name: 'DatabaseError',
      code: '23514',
      constraint: 'a balance is not negative',
      table: 'accounts',
      schema: 'tollgate',
    })
    expect(await balance()).toBe(10n)
  })

  it('reports a failure that its work swallowed, and commits nothing', async () => {
    const work = db.transaction(async (tx) => {
      await add(tx, 5)
      await add(tx, -100).catch(() => undefined)
    })
    await expect(work).rejects.toMatchObject({ code: '25P02' })
    expect(await balance()).toBe(10n)
  })

  it('reports a failure deferred until COMMIT, and commits nothing', async () => {
    await db.script(`
      create table if not exists tollgate.owners (
        account text references tollgate.accounts on delete cascade deferrable initially deferred)`)
    const work = db.transaction(async (tx) => {
      await add(tx, 5)
      await tx.query(`insert into tollgate.owners values ('nobody')`, [])
    })
    await expect(work).rejects.toMatchObject({ code: '23503' })
    expect(await balance()).toBe(10n)
    await db.script('drop table tollgate.owners')
  })

  it('can roll back to a savepoint, and keep the earlier part', async () => {
    await db.transaction(async (tx) => {
      await add(tx, 1)
      await tx.query('savepoint before')
      await expect(add(tx, -100)).rejects.toMatchObject({ code: '23514' })
      await tx.query('rollback to before')
      await add(tx, 2)
    })
    expect(await balance()).toBe(13n)
  })

  it('is invisible outside until it commits', async () => {
    await Promise.all([
      db.transaction(async (tx) => {
        await add(tx, 50)
        await tx.query('select pg_sleep(0.02)', [])
        await add(tx, -50)
      }),
      ...Array.from({ length: 5 }, async () => expect(await balance()).toBe(10n)),
    ])
  })

  it('runs whole, even if others begin together with it', async () => {
    const increment = () =>
      db.transaction(async (tx) => {
        const [row] = await tx.query<{ balance: bigint }>(
          `select balance from tollgate.accounts where name = 'a' for update`,
          [],
        )
        await tx.query(`update tollgate.accounts set balance = $1 where name = 'a'`, [
          (row?.balance ?? 0n) + 1n,
        ])
      })
    await Promise.all(Array.from({ length: 30 }, increment))
    expect(await balance()).toBe(40n)
  })

  it('runs concurrent statements in order, all before COMMIT', async () => {
    await db.transaction(async (tx) => {
      for (let started = 0; started < 10; started += 1) void add(tx, 1)
    })
    expect(await balance()).toBe(20n)
  })

  it('refuses its handle once it is over', async () => {
    let kept: Queryable | undefined
    await db.transaction(async (tx) => {
      kept = tx
    })
    await expect(add(kept as Queryable, 5)).rejects.toThrow('over')
    expect(await balance()).toBe(10n)
  })

  it('is not needed for recovery: a single failed statement leaves the database usable', async () => {
    const failing: [text: string, values: unknown[] | undefined, code: string][] = [
      ['selec 1', [], '42601'],
      ['selec 1', undefined, '42601'],
      ['select * from tollgate.absent', [], '42P01'],
      ['select 1 / $1::int', [0], '22012'],
      ['select $1::int', ['x'], '22P02'],
      ['select $1::text[]', ['{a'], '22P02'],
      [`insert into tollgate.accounts values ('a', 1)`, [], '23505'],
      ['select 1; select 1', [], '42601'],
      ['select 1; select 1/0', undefined, '22012'],
      ['select $1, $2', ['only one'], '08P01'],
    ]
    for (const [text, values, code] of failing) {
      for (const _again of [1, 2, 3]) {
        await expect(db.query(text, values), text).rejects.toMatchObject({ code })
        expect(await balance()).toBe(10n)
      }
    }
  })

  it("names the server's own error fields", async () => {
    const error = await db
      .query(`insert into tollgate.accounts values ('a', 1)`, [])
      .catch((thrown) => thrown)
    expect(error).toBeInstanceOf(DatabaseError)
    expect(error.message).toContain('duplicate key')
    expect(error.detail).toBe('Key (name)=(a) already exists.')
    expect(error.constraint).toBe('accounts_pkey')
    expect(error.unreachable).toBe(false)
    expect(error.stack).toContain('transactions.test.ts')
  })

  it('runs a text of several statements completely or not at all', async () => {
    const text = `update tollgate.accounts set balance = 0; select 1/0`
    await expect(db.script(text)).rejects.toMatchObject({ code: '22012' })
    expect(await balance()).toBe(10n)
  })

  it('refuses and rolls back a text that leaves a transaction open', async () => {
    const text = 'begin; update tollgate.accounts set balance = 0'
    await expect(db.script(text)).rejects.toMatchObject({ code: '25001' })
    await expect(db.query('begin', [])).rejects.toMatchObject({ code: '25001' })
    await expect(db.script(`${text}; select 1/0`)).rejects.toMatchObject({ code: '22012' })
    expect(await balance()).toBe(10n)
  })

  it('keeps a prepared statement usable when its table gets new columns', async () => {
    await db.script('create table tollgate.wide (a int); insert into tollgate.wide values (1)')
    const text = 'select * from tollgate.wide where a = $1'
    for (const _again of [1, 2, 3]) expect(await db.query(text, [1])).toEqual([{ a: 1 }])
    await db.script(`alter table tollgate.wide add b text default 'new'`)
    expect(await db.query(text, [1])).toEqual([{ a: 1, b: 'new' }])

    await db.script('alter table tollgate.wide drop b')
    const inside = () => db.transaction((tx) => tx.query(text, [1]))
    // The first statement after the change fails with its transaction, and none after it.
    await inside().catch((error) => expect(error.code).toBe('0A000'))
    expect(await inside()).toEqual([{ a: 1 }])
    await db.script('drop table tollgate.wide')
  })
})
