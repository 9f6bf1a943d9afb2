import { createTollgate, type TollgateEngine, TollgateError } from 'tollgate'
import { shared } from 'tollgate/next'
import { LOCAL_PRICE } from './local-model'
import { ORGANIZATIONS, PEOPLE } from './seed'

/**
 * One engine for the process, opened by the first request. `DATABASE_URL` selects PostgreSQL;
 * without it the database is a folder, which only one process can open.
 */
export const getTollgate = shared(async () => {
  const { DATABASE_URL: url } = process.env
  const tollgate = await createTollgate({
    database: url ? { url } : { folder: '.tollgate' },
    modelPrices: [LOCAL_PRICE],
  })
  await seed(tollgate)
  return tollgate
})

/** Leaves existing data unchanged. */
const seed = async (tollgate: TollgateEngine): Promise<void> => {
  for (const organization of ORGANIZATIONS) {
    await tollgate.organizations.create(organization).catch(unlessThere)
  }
  for (const { organizationId, userId, name, role } of PEOPLE) {
    await tollgate.members.add({ organizationId, userId, name, role }).catch(unlessThere)
  }
}

const unlessThere = (error: unknown): void => {
  if (error instanceof TollgateError && error.code === 'already_exists') return
  throw error
}
