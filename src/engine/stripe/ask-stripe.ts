import { TollgateError } from '../../contract/errors.ts'
import { isOfStore } from '../group-commit/store-guard.ts'

/** Reads from Stripe. A failure of Stripe is no fault of the caller. */
export const askStripe = async <Value>(ask: () => Promise<Value>): Promise<Value> => {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof TollgateError || isOfStore(error)) throw error
    throw new TollgateError('unavailable', { detail: 'Stripe could not be asked', cause: error })
  }
}
