import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { TollgateEngine } from '../../src/index.ts'
import { asOrganization } from '../../src/storage/as-organization.ts'
import type { Database, Queryable } from '../../src/storage/database.ts'
import { findDecision } from '../../src/storage/gate/decisions.ts'
import { totalOf } from '../../src/storage/reports/rollups.ts'
import { testClock } from '../../src/testing/index.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'

/** The tables with organizations' rows, read from the database, with their column. */
const TABLES_OF_ORGANIZATIONS = `
  select c.relname as name,
         case when c.relname = 'organizations' then 'id' else 'organization_id' end as column
  from pg_class c
  where c.relnamespace = 'tollgate'::regnamespace and c.relkind in ('r', 'p')
    and not c.relispartition
    and (c.relname = 'organizations' or exists (
      select 1 from pg_attribute a
      where a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped))
  order by 1`

const OTHERS = `
  select relname as name from pg_class
  where relnamespace = 'tollgate'::regnamespace and relkind in ('r', 'p', 'v')
    and not relname = any ($1) order by 1`

/** Readable by anyone, because their rows belong to no organization. */
const OF_NOBODY = ['catalog_versions', 'meters', 'plan_limits', 'plan_versions', 'retention']

const NOW = '2026-01-15T12:00:00Z'

describeOnEachDatabase('row-level security', (open) => {
  let db: Database
  let tollgate: TollgateEngine
  let tables: { name: string; column: string }[]
  const decisions = new Map<string, string>()

  beforeAll(async () => {
    db = await open()
    tollgate = await createTollgate({
      database: db,
      clock: testClock(NOW),
      catalogs: ['rag-chatbot'],
    })
    for (const [organizationId, tokens] of [
      ['acme', 100],
      ['globex', 3_000],
    ] as const) {
      await tollgate.organizations.create({
        id: organizationId,
        name: organizationId,
        plan: 'trial',
      })
      await tollgate.apiKeys.create({ organizationId, name: 'a key' })
      await tollgate.limits.override({
        organizationId,
        meter: 'chat_messages',
        window: 'day',
        max: 2,
        behavior: 'hard',
        reason: 'test',
      })
      const call = { organizationId, eventType: 'chat_message', userId: 'ada' }
      const answers = []
      for (let i = 0; i < 3; i++) {
        answers.push(await tollgate.track({ ...call, id: `e${i}`, quantities: { tokens } }))
      }
      expect(answers.map(({ allowed }) => allowed)).toEqual([true, true, false])
      const refused = answers[2]?.decisionId as string
      decisions.set(organizationId, refused)
      await tollgate.reserve({
        organizationId,
        eventType: 'embedding',
        id: 'r',
        quantities: { tokens },
      })
    }
    tables = await db.query(TABLES_OF_ORGANIZATIONS)
  })
  afterAll(() => tollgate.close())

  const rowsOf = async (
    on: Queryable,
    { name }: { name: string },
  ): Promise<Record<string, unknown>[]> =>
    on.query(`select t.* from tollgate.${name} t order by t::text`)

  it("covers every table with organizations' rows", async () => {
    expect(tables.length).toBeGreaterThan(10)
    for (const table of tables) {
      const own = await asOrganization(db, 'acme', (tx) => rowsOf(tx, table))
      const all = await rowsOf(db, table)
      expect(own, table.name).toEqual(all.filter((row) => row[table.column] === 'acme'))
    }
    const filled = ['organizations', 'api_keys', 'events', 'event_ids', 'buckets', 'decisions']
    for (const name of [...filled, 'rollups', 'reservations', 'limit_overrides']) {
      const own = await asOrganization(db, 'globex', (tx) => rowsOf(tx, { name }))
      expect(own.length, name).toBeGreaterThan(0)
    }
  })

  it('shows nothing if no organization is set', async () => {
    for (const table of tables) {
      expect(await asOrganization(db, '', (tx) => rowsOf(tx, table)), table.name).toEqual([])
    }
  })

  it('gives tenant readers no other table', async () => {
    const others = await db.query<{ name: string }>(OTHERS, [
      [...tables.map(({ name }) => name), ...OF_NOBODY],
    ])
    expect(others.length).toBeGreaterThan(0)
    for (const other of others) {
      const reading = asOrganization(db, 'acme', (tx) => rowsOf(tx, other))
      await expect(reading, other.name).rejects.toMatchObject({ code: '42501' })
    }
  })

  it('gives tenant readers no right to write', async () => {
    for (const { name, column } of tables) {
      for (const text of [
        `insert into tollgate.${name} (${column}) values ('acme')`,
        `update tollgate.${name} set ${column} = 'acme'`,
        `delete from tollgate.${name}`,
        `truncate tollgate.${name}`,
      ]) {
        const writing = asOrganization(db, 'acme', (tx) => tx.query(text))
        await expect(writing, text).rejects.toMatchObject({ code: '42501' })
      }
    }
  })

  it('applies only to a read: afterwards the connection is unchanged', async () => {
    await asOrganization(db, 'acme', (tx) => tx.query('select 1'))
    const [row] = await db.query<{ role: string; organization: string }>(
      `select current_user as role,
              coalesce(current_setting('tollgate.organization_id', true), '') as organization`,
    )
    expect(row?.role).not.toMatch(/^tollgate_tenant/)
    expect(row?.organization).toBe('')
  })

  it('cannot be bypassed by the reading role', async () => {
    expect(
      await db.query(
        `select rolsuper or rolbypassrls or rolcreaterole as strong
         from pg_roles where rolname = tollgate.tenant_role()`,
      ),
    ).toEqual([{ strong: false }])
  })

  it("hides other organizations' rows even if the code forgets its filter", async () => {
    const january = {
      grain: 'day' as const,
      from: new Date('2026-01-01T00:00:00Z'),
      to: new Date('2026-02-01T00:00:00Z'),
    }
    const forgetful = (on: Queryable): Queryable => ({
      query: (text, values) => {
        const without = text.replace(/(?:\w+\.)?organization_id = \$1/g, '$1::text is not null')
        expect(without).not.toBe(text)
        return on.query(without, values)
      },
    })
    const whole = await totalOf(forgetful(db), 'acme', january)
    const own = await totalOf(db, 'acme', january)
    expect(whole?.events).toBe(4n)
    expect(own?.events).toBe(2n)
    expect(
      await asOrganization(db, 'acme', (tx) => totalOf(forgetful(tx), 'acme', january)),
    ).toEqual(own)
    const theirs = decisions.get('globex') as string
    expect(await findDecision(forgetful(db), 'acme', theirs)).toBeDefined()
    expect(
      await asOrganization(db, 'acme', (tx) => findDecision(forgetful(tx), 'acme', theirs)),
    ).toBeUndefined()
  })
})
