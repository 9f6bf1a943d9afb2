import type { Database } from '../../storage/database.ts'
import { busyOrganizations } from '../../storage/tables/organizations.ts'
import { isBusy } from './store-guard.ts'

/** Lets lanes separate a locked organization from the others of a batch. */
export const lockWaits = (db: Database) => ({
  isWait: isBusy,
  busyAmong: (organizationIds: readonly string[]) => busyOrganizations(db, organizationIds),
})
