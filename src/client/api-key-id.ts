import type { CallOptions } from '../contract/call.ts'
import { invalid } from '../contract/errors.ts'
import { isUuid } from '../core/uuid.ts'
import type { SentRequest } from './request.ts'

/**
 * Names the API key that the customer used, for limits per key. The server accepts the header only
 * with service keys and admin keys.
 */
export const withApiKeyId = (sent: SentRequest, options: CallOptions): SentRequest => {
  const { apiKeyId } = options
  if (apiKeyId === undefined) return sent
  requireKeyId(options)
  return { ...sent, headers: { ...sent.headers, 'tollgate-api-key-id': apiKeyId } }
}

/**
 * Refuses an invalid id at once. Most invalid ids fit in no header. `fetch` would fail as if nobody
 * answered, and a queue would retry forever.
 *
 * @throws TollgateError `invalid_request`, which names the field.
 */
export const requireKeyId = ({ apiKeyId }: CallOptions): void => {
  if (apiKeyId === undefined || isUuid(apiKeyId)) return
  throw invalid({ field: 'apiKeyId', message: 'must be the id of an API key, a UUID' })
}
