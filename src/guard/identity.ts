import { TollgateError } from '../contract/errors.ts'
import { givenBy, isLater } from './call-of.ts'
import { type Denial, errorDenial, isNamed } from './denial.ts'
import type { Arrival } from './metered.ts'
import type { Identity, MeterOptions } from './options.ts'

/**
 * Identifies the caller, or returns the denial for an unknown one. Returns a promise only if the
 * option does.
 */
export const identityOf = <Request, Context>(
  { identify }: MeterOptions<Request, Context>,
  arrival: Arrival<Request, Context>,
): Identity | Denial | Promise<Identity | Denial> => {
  try {
    const found = givenBy(identify, arrival)
    return isLater(found) ? whenFound(found) : orUnknown(found)
  } catch (error) {
    return orDenied(error)
  }
}

const whenFound = async (
  found: Promise<Identity | null | undefined>,
): Promise<Identity | Denial> => {
  try {
    return orUnknown(await found)
  } catch (error) {
    return orDenied(error)
  }
}

const orUnknown = (found: Identity | null | undefined): Identity | Denial =>
  found ?? errorDenial(new TollgateError('unauthenticated'))

const orDenied = (error: unknown): Denial => {
  if (isNamed<TollgateError>(error, 'TollgateError')) return errorDenial(error)
  throw error
}
