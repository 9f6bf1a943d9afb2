import type { Database } from '../../storage/database.ts'
import { findOrganization, type OrganizationRow } from '../../storage/tables/organizations.ts'
import type { Clock } from '../clock.ts'
import { ReadCache } from '../read-cache.ts'

/** Organizations that do not exist are looked up again soon: they may be created any moment. */
const UNKNOWN_TTL_MS = 1_000
const KNOWN_TTL_MS = 300_000
const MAX_ENTRIES = 100_000
const MAX_PLANS = 1_000

/**
 * Who is known in this process, so that a call does not read its organization each time. Forgotten
 * when another process says that it changed. What must be exact (is it open, which limits) is read
 * again by the statement that decides.
 */
export type OrganizationDirectory = ReadCache<OrganizationRow>

/** The directory of the organizations in a database. */
export const organizationDirectory = (db: Database, clock: Clock): OrganizationDirectory => {
  const withSharedPlan = sharePlans()
  return new ReadCache({
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

/** A version of a plan never changes, and its document is most of what a row takes in memory. */
const sharePlans = (): ((row: OrganizationRow) => OrganizationRow) => {
  const documents = new Map<string, OrganizationRow['plan_document']>()
  return (row) => {
    const version = `${row.catalog}/${row.plan}@${row.plan_version}`
    const document = documents.get(version) ?? row.plan_document
    if (documents.size >= MAX_PLANS) documents.clear()
    documents.set(version, document)
    return { ...row, plan_document: document }
  }
}
