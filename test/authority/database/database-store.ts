import { openDatabaseAuthority } from '../../../src/engine/counters/authority/database/open.ts'
import type { Database } from '../../../src/storage/database.ts'
import { insertOrganization } from '../../../src/storage/tables/organizations.ts'
import { type AuthorityStore, newOrganization } from '../authority-store.ts'

/** The database functions set this value. */
const LEASE_TTL_MS = 3_000

/** A store on a migrated database, at its own time: earlier lease holders are long dead. */
export const databaseStore = async (db: Database, startMs: number): Promise<AuthorityStore> => {
  let nowMs = startMs
  const clock = { now: () => new Date(nowMs) }
  const [plan] = await db.query<{ id: bigint }>(
    `insert into tollgate.plan_versions (catalog, plan, version, document, created_at)
     values ($1, 'any', 1, '{}', $2) returning id`,
    [crypto.randomUUID(), clock.now().toISOString()],
  )
  return {
    organization: async () => {
      const id = newOrganization()
      const at = clock.now()
      await insertOrganization(db, { id, name: id, planVersionId: plan!.id, startsAt: at, at })
      return id
    },
    calls: 2_560,
    open: (node) => openDatabaseAuthority({ db, node, clock, share: 0.01 }),
    nowMs: () => nowMs,
    advance: (byMs) => {
      nowMs += byMs
    },
    leaseTtlMs: LEASE_TTL_MS,
    close: async () => undefined,
  }
}
