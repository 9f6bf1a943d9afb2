import { beforeEach, expect, it } from 'vitest'
import type { Database } from '../../src/storage/database.ts'
import { migrate } from '../../src/storage/migrate.ts'
import type { SqlFile, SqlFiles } from '../../src/storage/sql-files.ts'
import { describeOnEachDatabase, describeOnPostgres } from '../setup/substrates.ts'

const first: SqlFile = {
  name: '0001_first',
  text: 'create table tollgate.first (a int); insert into tollgate.first values (1)',
}
const second: SqlFile = { name: '0002_second', text: 'alter table tollgate.first add b int' }
const third: SqlFile = { name: '0003_third', text: 'create table tollgate.third (c int)' }
const answer = (value: number): SqlFile => ({
  name: '010_answer',
  text: `create or replace function tollgate.answer() returns int language sql as 'select ${value}'`,
})
const files = (migrations: SqlFile[], functions: SqlFile[] = []): SqlFiles => ({
  migrations,
  functions,
})

const start = async (open: () => Promise<Database>): Promise<Database> => {
  const db = await open()
  await db.script('drop schema if exists tollgate cascade')
  return db
}

const exists = async (db: Database, table: string): Promise<boolean> => {
  const [row] = await db.query<{ exists: boolean }>(
    'select to_regclass($1) is not null as exists',
    [`tollgate.${table}`],
  )
  return row?.exists ?? false
}

describeOnEachDatabase('migrate', (open) => {
  let db: Database
  beforeEach(async () => {
    db = await start(open)
  })

  it('applies new migrations in order, and none twice', async () => {
    expect(await migrate(db, files([first]))).toEqual({ applied: ['0001_first', 'functions'] })
    expect(await migrate(db, files([first]))).toEqual({ applied: [] })
    expect(await migrate(db, files([first, second, third]))).toEqual({
      applied: ['0002_second', '0003_third'],
    })
    expect(await db.query('select * from tollgate.first')).toEqual([{ a: 1, b: null }])
  })

  it('replaces the functions only if one of them changed', async () => {
    await migrate(db, files([first], [answer(41)]))
    expect(await migrate(db, files([first], [answer(42)]))).toEqual({ applied: ['functions'] })
    expect(await db.query('select tollgate.answer()')).toEqual([{ answer: 42 }])
    expect(await migrate(db, files([first], [answer(42)]))).toEqual({ applied: [] })
  })

  it('rolls a failed migration back completely, and keeps the ones before it', async () => {
    const broken = { name: '0002_broken', text: `${second.text}; select 1/0` }
    await expect(migrate(db, files([first, broken]))).rejects.toMatchObject({ code: '22012' })
    expect(await migrate(db, files([first, second]))).toMatchObject({
      applied: ['0002_second', 'functions'],
    })
  })

  it('keeps all old functions if a new one fails', async () => {
    await migrate(db, files([first], [answer(41)]))
    const broken = { name: '020_broken', text: 'create function tollgate.' }
    await expect(migrate(db, files([first], [answer(42), broken]))).rejects.toMatchObject({
      code: '42601',
    })
    expect(await db.query('select tollgate.answer()')).toEqual([{ answer: 41 }])
  })

  it('refuses a changed migration by name, and applies nothing', async () => {
    await migrate(db, files([first]))
    const changed = { ...first, text: `${first.text} -- changed` }
    await expect(migrate(db, files([changed, third]))).rejects.toThrow('0001_first.sql')
    expect(await exists(db, 'third')).toBe(false)
  })

  it('refuses a database of a newer version', async () => {
    await migrate(db, files([first, second]))
    await expect(migrate(db, files([first]))).rejects.toThrow(/newer .* "0002_second"/)
  })

  it('refuses a migration numbered below an applied one', async () => {
    await migrate(db, files([first, third]))
    await expect(migrate(db, files([first, second, third]))).rejects.toThrow(
      /"0002_second" comes before "0003_third"/,
    )
  })

  it('applies the embedded migrations to an empty database, and nothing the second time', async () => {
    expect((await migrate(db)).applied).toContain('functions')
    expect(await migrate(db)).toEqual({ applied: [] })
  })
})

describeOnPostgres('migrate in several processes (on PostgreSQL)', (open) => {
  it.each([1, 2, 3])('applies each migration in one of them (round %i)', async () => {
    await start(open)
    const databases = await Promise.all(Array.from({ length: 8 }, open))
    const all = files([first, second, third], [answer(42)])
    const reports = await Promise.all(databases.map((database) => migrate(database, all)))
    expect(reports.flatMap(({ applied }) => applied).sort()).toEqual([
      '0001_first',
      '0002_second',
      '0003_third',
      'functions',
    ])
    expect(await databases[0]?.query('select a from tollgate.first')).toEqual([{ a: 1 }])
  })
})
