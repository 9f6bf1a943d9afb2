import { type Tollgate, TollgateError } from 'tollgate'
import type { Outcome } from '@/app/outcome'
import { accountOf, tollgateFor } from './account'

/**
 * Runs an action with the rights of the signed-in user's role. If it is refused, returns the
 * reason.
 */
export const asAccount = async <Value>(
  act: (tollgate: Tollgate) => Promise<Value>,
): Promise<Outcome<Value>> => {
  const account = await accountOf()
  if (!account) return { problem: 'Sign in first.' }
  try {
    return { value: await act(await tollgateFor(account)) }
  } catch (error) {
    if (error instanceof TollgateError) return { problem: error.message }
    throw error
  }
}
