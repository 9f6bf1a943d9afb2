import { expect, it } from 'vitest'
import { functions, migrations } from '../../src/storage/generated/sql.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { describeOnPostgres } from '../setup/substrates.ts'

const BEFORE = migrations.filter(({ name }) => name < '0022')

describeOnPostgres('a charge that Stripe would refuse forever', (open) => {
  it('is split or rounded by the migration, and completed ones stay', async () => {
    const db = await open()
    await db.script('drop schema if exists tollgate cascade')
    await migrate(db, { migrations: BEFORE, functions: [] })
    await db.transaction(async (tx) => {
      // None of this needs the organization's plan.
      await tx.query(`select set_config('session_replication_role', 'replica', true)`)
      await tx.query(
        `insert into tollgate.meters (key, unit, aggregation, scale)
         values ('credits', 'credit', 'sum', 6)`,
      )
      await tx.query(
        `insert into tollgate.organizations (id, name, plan_version_id, starts_at, created_at)
         values ('a', 'a', 1, now(), now())`,
      )
      await tx.query(
        `insert into tollgate.outbox
           (organization_id, kind, key, payload, created_at, next_attempt_at, done_at, external_id)
         select o, kind, key, payload::jsonb, now(), now(), case when is_done then now() end,
                case when is_done then 'there' end
         from (values
           ('a', 'charge', 'much', '{"minorUnits": "250000000", "invoiceId": "i"}', false),
           ('a', 'charge', 'back', '{"minorUnits": "-100000000"}', false),
           ('a', 'charge', 'little', '{"minorUnits": "99999999"}', false),
           ('a', 'charge', 'done', '{"minorUnits": "500"}', true),
           ('a', 'use', 'u1', '{"meter": "credits", "value": "10.125"}', false),
           ('a', 'use', 'u2', '{"meter": "credits", "value": "0.25"}', false),
           ('a', 'use', 'u3', '{"meter": "credits", "value": "7"}', false),
           ('a', 'use', 'u4', '{"meter": "credits", "value": "3.5"}', true))
           r (o, kind, key, payload, is_done)`,
      )
    })
    await migrate(db, { migrations, functions })
    const rows = await db.query<{ key: string; payload: Record<string, string>; waits: boolean }>(
      'select key, payload, done_at is null as waits from tollgate.outbox order by key',
    )
    expect(
      rows.map(({ key, payload, waits }) => [key, payload.minorUnits ?? payload.value, waits]),
    ).toEqual([
      ['back', '-99999999', true],
      ['back_2', '-1', true],
      ['done', '500', false],
      ['little', '99999999', true],
      ['much', '99999999', true],
      ['much_2', '99999999', true],
      ['much_3', '50000002', true],
      ['u1', '10', true],
      ['u2', '0', false],
      ['u3', '7', true],
      ['u4', '3.5', false],
    ])
    expect(rows.find(({ key }) => key === 'much_3')?.payload.invoiceId).toBe('i')
    expect(await db.query('select * from tollgate.stripe_meter_rests')).toEqual([
      { organization_id: 'a', meter: 'credits', units: 375_000n },
    ])
  })
})
