import { expect, it } from 'vitest'
import type { Database } from '../../src/storage/database.ts'
import { functions, migrations } from '../../src/storage/generated/sql.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'

const BEFORE = `
  insert into tollgate.plan_versions (catalog, plan, version, document, created_at)
  values ('shop', 'small', 1, '{}', now());
  insert into tollgate.organizations (id, name, plan_version_id, starts_at, created_at)
  select 'acme', 'Acme', id, now(), now() from tollgate.plan_versions;
  insert into tollgate.api_keys (id, organization_id, name, prefix, hash, scopes, created_at)
  values (gen_random_uuid(), 'acme', 'uses', 'tg_', 'a', '{gate.use,usage.read}', now()),
         (gen_random_uuid(), 'acme', 'reads', 'tg_', 'b', '{usage.read}', now()),
         (gen_random_uuid(), null, 'admin', 'tg_', 'c', '{}', now())`

describeOnEachDatabase('the migration to service keys', (open) => {
  const migrated = async (): Promise<Database> => {
    const db = await open()
    await db.script('drop schema tollgate cascade')
    const index = migrations.findIndex(({ name }) => name === '0019_service_keys')
    await migrate(db, { functions: [], migrations: migrations.slice(0, index) })
    await db.script(BEFORE)
    await migrate(db, { migrations, functions })
    return db
  }

  it("keeps each key's rights, and records its owner", async () => {
    const db = await migrated()
    expect(
      await db.query('select name, kind, scopes from tollgate.api_keys order by name'),
    ).toEqual([
      { name: 'admin', kind: 'admin', scopes: [] },
      { name: 'reads', kind: 'organization', scopes: ['usage.read'] },
      {
        name: 'uses',
        kind: 'organization',
        scopes: ['gate.use', 'usage.read', 'usage.record'],
      },
    ])
  })

  it.each([
    ['service', null, '{}'],
    ['service', 'acme', '{gate.use}'],
    ['organization', null, '{gate.use}'],
    ['admin', 'acme', '{}'],
    ['admin', null, '{gate.use}'],
    ['root', null, '{}'],
  ])('refuses a key of the kind %s, of %s, with the scopes %s', async (kind, owner, scopes) => {
    const db = await open()
    const inserted = db.query(
      `insert into tollgate.api_keys
         (id, kind, organization_id, name, prefix, hash, scopes, created_at)
       values (gen_random_uuid(), $1, $2, 'x', 'tg_', 'x', $3, now())`,
      [kind, owner, scopes],
    )
    await expect(inserted).rejects.toMatchObject({ code: '23514' })
  })
})
