import { describeOnPostgres } from '../../setup/substrates.ts'
import { describeAuthority } from '../describe-authority.ts'
import { databaseStore } from './database-store.ts'

const A_DAY_MS = 86_400_000

describeOnPostgres('PostgreSQL', (open) => {
  let startMs = Date.UTC(2026, 0, 15, 12)
  describeAuthority('PostgreSQL', async () => {
    startMs += A_DAY_MS
    return databaseStore(await open(), startMs)
  })
})
