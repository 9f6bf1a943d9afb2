import type { Database } from '../../storage/database.ts'
import { findOrganization, type OrganizationRow } from '../../storage/tables/organizations.ts'
import { Cache } from '../cache.ts'
import type { Clock } from '../clock.ts'

/** The absence of an organization is cached only briefly, since it may be created any moment. */
const UNKNOWN_TTL_MS = 1_000
const KNOWN_TTL_MS = 300_000
const MAX_ENTRIES = 100_000
const MAX_PLANS = 1_000

/**
 * The organizations known to this process, so that a call need not read its organization each time.
 * An entry is dropped when another process announces a change. What must be exact (is it open,
 * which limits) is read again by the statement that decides.
 */
export type OrganizationDirectory = Cache<OrganizationRow>

/** The directory of a database's organizations. */
export const organizationDirectory = (db: Database, clock: Clock): OrganizationDirectory => {
  const withSharedPlan = sharePlans()
  return new Cache({
    clock,
    maxEntries: MAX_ENTRIES,
    read: async (id) => {
      const row = await findOrganization(db, id)
      return row && withSharedPlan(row)
    },
    staleAtMs: ({ change_due_at }, readAtMs) =>
      Math.min(readAtMs + KNOWN_TTL_MS, change_due_at?.getTime() ?? Number.POSITIVE_INFINITY),
    unknownMs: UNKNOWN_TTL_MS,
  })
}

/** A plan version never changes, and its document is most of a row's memory. */
const sharePlans = (): ((row: OrganizationRow) => OrganizationRow) => {
  const documents = new Cache<OrganizationRow['plan_document']>({ maxEntries: MAX_PLANS })
  return (row) => {
    const version = `${row.catalog}/${row.plan}@${row.plan_version}`
    return { ...row, plan_document: documents.of(version, () => row.plan_document) }
  }
}
