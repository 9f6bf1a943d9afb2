import type { Database } from '../../storage/database.ts'
import { busyOrganizations } from '../../storage/tables/organizations.ts'
import { isBusy } from './store-guard.ts'

/** How lanes tell an organization that is kept locked from the others of a batch. */
export const lockWaits = (db: Database) => ({
  isWait: isBusy,
  busyAmong: (organizationIds: readonly string[]) => busyOrganizations(db, organizationIds),
})
