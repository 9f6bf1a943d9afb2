import { invalid, TollgateError } from '../contract/errors.ts'
import type { Principal } from '../contract/tenancy.ts'
import { isUuid } from '../contract/text.ts'

export const API_KEY_ID_HEADER = 'tollgate-api-key-id'

/**
 * Returns the API key that a call counts against, for limits per key and for the history. For an
 * organization's own key, it is that key. The platform names its customer's key in a header.
 *
 * @throws TollgateError `forbidden` if another caller names a key, `invalid_request` if it is not
 * an id.
 */
export const apiKeyIdOf = (
  caller: Principal | undefined,
  { headers }: Request,
): string | undefined => {
  const own = caller?.kind === 'organization' ? caller.apiKeyId : undefined
  const named = headers.get(API_KEY_ID_HEADER)
  if (caller === undefined || named === null || named === own) return own
  if (caller.kind !== 'service' && caller.kind !== 'admin') {
    const detail = `the header ${API_KEY_ID_HEADER} is for service keys and admin keys`
    throw new TollgateError('forbidden', { detail })
  }
  if (isUuid(named)) return named
  throw invalid({ field: API_KEY_ID_HEADER, message: 'must be the id of an API key, a UUID' })
}
