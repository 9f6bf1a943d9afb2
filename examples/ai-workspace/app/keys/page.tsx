import { requireAccount, tollgateFor } from '@/workspace/account'
import { Shell } from '../shell'
import { Keys } from './parts'

/** The maximum number of keys on a page. */
const MOST = 200

export default async function Page() {
  const account = await requireAccount()
  return (
    <Shell here="/keys">
      <h1>API keys</h1>
      {account.rights.includes('keys.manage') ? (
        <Keys keys={await keysOf(account)} at={new Date().toISOString()} />
      ) : (
        <p className="quiet">Keys are shown to owners and admins, who may make them.</p>
      )}
    </Shell>
  )
}

const keysOf = async (account: Parameters<typeof tollgateFor>[0]) =>
  (await (await tollgateFor(account)).apiKeys.list({ limit: MOST })).items
