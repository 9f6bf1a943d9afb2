import { expect, it, vi } from 'vitest'
import { openPostgres } from '../../src/storage/postgres/open.ts'
import { describeOnPostgres, onServer } from '../setup/substrates.ts'

// For a busy machine; this tests no times.
const waitUntil = (isTrue: () => boolean | Promise<boolean>) =>
  vi.waitUntil(isTrue, { timeout: 20_000 })

describeOnPostgres('a pool of connections (on PostgreSQL)', (_open, url) => {
  it('survives lost connections, and runs the next statement', async () => {
    const lost: Error[] = []
    const db = await openPostgres({ url: url(), onConnectionLost: (error) => lost.push(error) })
    await Promise.all([db.query('select pg_sleep(0.01)', []), db.query('select 1', [])])
    const inUse = db.query('select pg_sleep(60)', [])
    const cutOff = expect(inUse).rejects.toMatchObject({ unreachable: true })
    await waitUntil(async () => {
      const count = await onServer(url(), (client) =>
        client.query(`
          select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()
            and exists (select from pg_stat_activity where query = 'select pg_sleep(60)')`),
      )
      return (count.rowCount ?? 0) > 0
    })
    await cutOff
    await waitUntil(() => lost.length > 0)
    expect(await db.query('select 1 as a', [])).toEqual([{ a: 1 }])
    await db.close()
  })

  it('lets the server end a statement that takes too long', async () => {
    const db = await openPostgres({ url: url(), timeoutMs: 200 })
    await expect(db.query('select pg_sleep(60)', [])).rejects.toMatchObject({ code: '57014' })
    expect(await db.query('select 1 as a', [])).toEqual([{ a: 1 }])
    await db.close()
  })

  it('ends an idle transaction after a time-out, with its locks', async () => {
    const db = await openPostgres({ url: url(), timeoutMs: 200 })
    const work = db.transaction(async (tx) => {
      const [row] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid', [])
      await waitUntil(async () => {
        const text = 'select from pg_stat_activity where pid = $1'
        return (await db.query(text, [row?.pid])).length === 0
      })
      await tx.query('select 1', [])
    })
    await expect(work).rejects.toMatchObject({ unreachable: true })
    expect(await db.query('select 1 as a', [])).toEqual([{ a: 1 }])
    await db.close()
  })

  it('reports an unknown outcome for a COMMIT without an answer', async () => {
    const db = await openPostgres({ url: url() })
    await db.script(`
      create table tollgate.fatal (a int);
      create function tollgate.end_backend() returns trigger language plpgsql as
        $$ begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(5); return null; end $$;
      create constraint trigger fatal after insert on tollgate.fatal
        deferrable initially deferred for each row execute function tollgate.end_backend()`)
    const work = db.transaction((tx) => tx.query('insert into tollgate.fatal values (1)', []))
    await expect(work).rejects.toMatchObject({ code: '08007', unreachable: true })
    expect(await db.query('select * from tollgate.fatal', [])).toEqual([])
    await db.close()
  })

  it('reports an unreachable server with its address', async () => {
    const nowhere = openPostgres({ url: 'postgres://nobody@127.0.0.1:1/none', timeoutMs: 2_000 })
    await expect(nowhere).rejects.toMatchObject({
      name: 'DatabaseError',
      unreachable: true,
      message: expect.stringMatching(/could not be reached: .*127\.0\.0\.1:1/),
    })
  })

  it('finishes running and waiting statements on closing', async () => {
    const db = await openPostgres({ url: url(), poolSize: 1 })
    const before = [1, 2, 3, 4].map((n) =>
      db.query<{ n: number }>('select $1::int as n from pg_sleep(0.01)', [n]),
    )
    const closed = db.close()
    expect(db.close()).toBe(closed)
    for (const refused of [
      db.query('select 1', []),
      db.transaction(async () => 1),
      db.listen('changes', () => undefined),
    ]) {
      await expect(refused).rejects.toMatchObject({ code: '08003' })
    }
    expect(await Promise.all(before)).toEqual([1, 2, 3, 4].map((n) => [{ n }]))
    await closed
  })

  it("has sessions independent of the server's settings", async () => {
    const name = new URL(url()).pathname.slice(1)
    await onServer(url(), (client) =>
      client.query(`
        alter database ${name} set timezone to 'America/New_York';
        alter database ${name} set datestyle to 'German';
        alter database ${name} set intervalstyle to 'iso_8601';
        alter database ${name} set default_transaction_isolation to 'serializable';
        alter database ${name} set bytea_output to 'escape'`),
    )
    const db = await openPostgres({ url: url() })
    const [row] = await db.query(
      `select timestamptz '2024-06-01T12:00:00Z' as at, interval '1 day' as long,
              date_trunc('day', timestamptz '2024-06-01T02:00:00Z') as day,
              '\\x01ff'::bytea as bytes, current_setting('transaction_isolation') as isolation`,
      [],
    )
    expect(row).toEqual({
      at: new Date('2024-06-01T12:00:00.000Z'),
      long: '1 day',
      day: new Date('2024-06-01T00:00:00.000Z'),
      bytes: new Uint8Array([1, 255]),
      isolation: 'read committed',
    })
    await db.close()
  })

  it('keeps a bounded number of plans per connection, for any number of texts', async () => {
    const db = await openPostgres({ url: url(), poolSize: 1 })
    for (let n = 0; n < 600; n += 1) {
      const text = `select ${n} as n, $1::int as m`
      await db.query(text, [n])
      expect(await db.query(text, [n])).toEqual([{ n, m: n }])
    }
    const [row] = await db.query<{ n: bigint }>('select count(*) as n from pg_prepared_statements')
    expect(row?.n).toBeGreaterThan(100n)
    expect(row?.n).toBeLessThanOrEqual(250n)
    await db.close()
  })
})
