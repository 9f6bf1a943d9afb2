import { type AuditAct, chainOpened } from '../../src/core/audit.ts'
import type { AuditAnchor, AuditFault } from '../../src/core/audit-chain.ts'
import { verifyAudit } from '../../src/engine/audit-log/verify-audit.ts'
import type { Database } from '../../src/storage/database.ts'
import { findChainHead } from '../../src/storage/tables/audit-chains.ts'
import { appendAuditEvents } from '../../src/storage/tables/audit-events.ts'

export const start = Date.UTC(2026, 2, 10, 12)

export const act = (organizationId: string | null, subject = 'thing:1'): AuditAct => ({
  organizationId,
  category: 'limits',
  action: 'limit.changed',
  actor: 'user:me',
  subject,
  old: { max: 1 },
  new: { max: 2 },
})

/** Chains of a database that no test has used yet. */
export const chainMaker = (db: () => Database) => {
  let made = 0
  return {
    /** A chain of this many entries, a second apart. */
    chain: async (entries: number): Promise<string> => {
      made += 1
      const id = `chain-${made}`
      await openChains(db(), id)
      await append(db(), id, entries)
      return id
    },
  }
}

/** Records the creation of these organizations in the platform's chain. */
export const openChains = async (db: Database, ...ids: readonly string[]): Promise<void> => {
  const at = new Date(start)
  await appendAuditEvents(
    db,
    ids.map((id) => ({ act: chainOpened(id, { actor: 'user:me' }), at })),
  )
}

export const append = async (
  db: Database,
  organizationId: string,
  entries: number,
  fromMs = start,
): Promise<void> => {
  const acts = Array.from({ length: entries }, (_, n) => ({
    act: act(organizationId, `thing:${n + 1}`),
    at: new Date(fromMs + n * 1_000),
  }))
  await appendAuditEvents(db, acts)
}

/** The first fault of one chain. */
export const faultOf = async (
  db: Database,
  organizationId: string,
  anchors: readonly AuditAnchor[] = [],
): Promise<AuditFault | undefined> => {
  const { faults } = await verifyAudit({ db }, { organizationIds: [organizationId], anchors })
  return faults[0]
}

export const anchorOf = async (db: Database, organizationId: string): Promise<AuditAnchor> => {
  const head = await findChainHead(db, organizationId)
  return { organizationId, sequence: head?.sequence ?? 0, hash: head?.hash ?? '' }
}

/** What only the database owner can do: removes all guards of the log. */
export const withoutGuards = (db: Database): Promise<void> =>
  db.script(`
    alter table tollgate.audit_events disable trigger user;
    alter table tollgate.audit_heads disable trigger user;
    alter table tollgate.audit_events
      drop constraint "an entry says whose it is and which place it has",
      drop constraint "a hash commits to the entry and to the one before",
      drop constraint audit_events_pkey`)
