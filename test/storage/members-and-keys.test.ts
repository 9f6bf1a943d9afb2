import { expect, it } from 'vitest'
import { DEFAULT_SCOPES, ROLES } from '../../src/core/rights.ts'
import { functions, migrations } from '../../src/storage/generated/sql.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'

describeOnEachDatabase('the migration to members and scopes', (open) => {
  it('gives existing keys the default scopes, and treats their limits as the platform’s', async () => {
    const db = await open()
    await db.script('drop schema tollgate cascade')
    const index = migrations.findIndex(({ name }) => name === '0005_members_and_keys')
    const none = { functions: [] }
    await migrate(db, { ...none, migrations: migrations.slice(0, index) })
    await db.script(`
      insert into tollgate.meters values ('calls', 'calls', 'sum', 0);
      insert into tollgate.plan_versions (catalog, plan, version, document, created_at)
      values ('shop', 'small', 1, '{}', now());
      insert into tollgate.organizations (id, name, plan_version_id, starts_at, created_at)
      select 'acme', 'Acme', id, now(), now() from tollgate.plan_versions;
      insert into tollgate.api_keys (id, organization_id, name, prefix, hash, created_at)
      values (gen_random_uuid(), 'acme', 'own', 'tg_', 'a', now()),
             (gen_random_uuid(), null, 'admin', 'tg_', 'b', now());
      insert into tollgate.limit_overrides
        (id, organization_id, meter, window_name, max, behavior, reason, actor, created_at)
      values (gen_random_uuid(), 'acme', 'calls', 'day', 5, 'hard', 'r', 'admin', now())`)
    await migrate(db, { migrations, functions })
    expect(await db.query('select name, scopes from tollgate.api_keys order by name')).toEqual([
      { name: 'admin', scopes: [] },
      { name: 'own', scopes: [...DEFAULT_SCOPES, 'usage.record'] },
    ])
    expect(await db.query('select by_platform from tollgate.limit_overrides')).toEqual([
      { by_platform: true },
    ])
  })

  it('accepts exactly the existing roles', async () => {
    const db = await open()
    const insert = (role: string) =>
      db.query(`insert into tollgate.members values ('acme', $1, $1, null, now())`, [role])
    for (const role of ROLES) await insert(role)
    await expect(insert('emperor')).rejects.toMatchObject({ code: '23514' })
  })
})
