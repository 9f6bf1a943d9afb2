import { beforeAll, expect, it } from 'vitest'
import { verifyAudit } from '../../src/engine/audit-log/verify-audit.ts'
import type { Database } from '../../src/storage/database.ts'
import { auditGuards } from '../../src/storage/tables/audit-guards.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'

describeOnEachDatabase("the audit log's guards", (open) => {
  let db: Database
  beforeAll(async () => {
    db = await open()
  })

  /** The faults found during a change, which is then undone. */
  const found = async (script: string) => {
    let guards: Awaited<ReturnType<typeof auditGuards>> | undefined
    await db
      .transaction(async (tx) => {
        for (const statement of script.split(';;')) await tx.query(statement)
        guards = await auditGuards(tx)
        throw new Error('undo')
      })
      .catch((error: Error) => {
        if (error.message !== 'undo') throw error
      })
    return guards
  }

  it('are all present after the migrations', async () => {
    expect(await auditGuards(db)).toEqual({ missing: [], changed: [] })
    expect(await verifyAudit({ db })).toMatchObject({ missingGuards: [], changedGuards: [] })
  })

  it.each([
    [
      'a guard with an empty body',
      `create or replace function tollgate.guard_audit_delete() returns trigger
       language plpgsql as $$ begin return null; end $$`,
      'function guard_audit_delete',
    ],
    [
      'a trigger that never fires',
      `drop trigger "a chain has a head" on tollgate.audit_heads;;
       create trigger "a chain has a head" before delete on tollgate.audit_heads
       for each statement when (false) execute function tollgate.refuse_audit_change()`,
      'trigger audit_heads a chain has a head',
    ],
    [
      'a check that is always true',
      `alter table tollgate.audit_events
       drop constraint "a hash commits to the entry and to the one before";;
       alter table tollgate.audit_events
       add constraint "a hash commits to the entry and to the one before" check (true)`,
      'check audit_events a hash commits to the entry and to the one before',
    ],
    [
      'row-level security that is off',
      'alter table tollgate.events disable row level security',
      'row-level security of events',
    ],
    [
      'a policy that lets everything through',
      `alter policy "own organization" on tollgate.events using (true)`,
      'policy of events "own organization"',
    ],
    [
      'an additional policy',
      'create policy more on tollgate.members for select to public using (true)',
      'unknown policy of members "more"',
    ],
    [
      'a rule that swallows entries',
      `create rule swallow as on insert to tollgate.audit_events do instead nothing`,
      'unknown rule audit_events swallow',
    ],
  ])('name the difference: %s', async (_, script, guard) => {
    expect(await found(script)).toEqual({ missing: [], changed: [guard] })
  })

  it('are reported as missing if dropped or disabled', async () => {
    const script = `alter table tollgate.audit_events disable trigger "entries stay"`
    expect(await found(script)).toEqual({ missing: ['entries stay'], changed: [] })
    expect(await found(`drop trigger "entries stay" on tollgate.audit_events`)).toEqual({
      missing: ['entries stay'],
      changed: [],
    })
  })
})
