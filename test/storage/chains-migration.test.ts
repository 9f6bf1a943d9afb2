import { expect, it } from 'vitest'
import { verifyAudit } from '../../src/engine/audit-log/verify-audit.ts'
import { functions, migrations } from '../../src/storage/generated/sql.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'
import { append } from './audit-chains.ts'

const ORGANIZATIONS = 1_203

describeOnEachDatabase('the migration that names older chains', (open) => {
  it('names every existing organization, and none that only a chain knows', async () => {
    const db = await open()
    await db.script('drop schema tollgate cascade')
    const index = migrations.findIndex(({ name }) => name === '0025_chains_and_trials')
    const before = migrations.slice(0, index)
    // Only the function that writes entries; others use tables that came later.
    const writing = functions.filter(({ name }) => name === '190_append_audit')
    await migrate(db, { functions: writing, migrations: before })
    await db.script(`
      insert into tollgate.plan_versions (catalog, plan, version, document, created_at)
      values ('shop', 'small', 1, '{}', now());
      insert into tollgate.organizations (id, name, plan_version_id, starts_at, created_at)
      select 'org-' || n, 'One', v.id, now(), now()
      from tollgate.plan_versions v, generate_series(1, ${ORGANIZATIONS}) n`)
    for (const id of ['org-1', `org-${ORGANIZATIONS}`, 'invented']) await append(db, id, 2)
    await migrate(db, { functions, migrations })
    const { faults, entries } = await verifyAudit({ db })
    expect(faults).toEqual([
      expect.objectContaining({ organizationId: 'invented', fault: 'nobody' }),
    ])
    // Six chains, and as many entries in the platform's own as hold 500 organizations each.
    expect(entries).toBe(6 + 3)
  })
})
