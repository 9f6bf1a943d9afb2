import { TollgateError } from '../contract/errors.ts'
import { givenBy } from './call-of.ts'
import { type Denial, errorDenial, isNamed } from './denial.ts'
import type { Arrival } from './metered.ts'
import type { Identity, MeterOptions } from './options.ts'

/** Identifies the caller, or returns the denial for an unknown one. */
export const identityOf = async <Request, Context>(
  { identify }: MeterOptions<Request, Context>,
  arrival: Arrival<Request, Context>,
): Promise<Identity | Denial> => {
  try {
    return (await givenBy(identify, arrival)) ?? errorDenial(new TollgateError('unauthenticated'))
  } catch (error) {
    if (isNamed<TollgateError>(error, 'TollgateError')) return errorDenial(error)
    throw error
  }
}
