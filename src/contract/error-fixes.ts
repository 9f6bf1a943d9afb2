import type { ErrorCode } from './errors.ts'

/**
 * The cure for each error. Separate from the catalogue, so that the browser client stays smaller.
 */
export const FIXES: Readonly<Record<ErrorCode, string>> = {
  invalid_request: 'Correct the fields that `errors` names.',
  unauthenticated:
    'Send `Authorization: Bearer <key>` with an API key of the organization, a service key, or the ' +
    'admin key.',
  forbidden:
    'Use a credential that may: one with the scope or the role that the operation asks for, or the ' +
    'admin key.',
  not_found: 'Check the path, and the ids in it.',
  method_not_allowed: 'Use one of the methods that `Allow` names.',
  already_exists: 'Choose another id, or change the one that exists.',
  in_flight: 'Send it again after `Retry-After` seconds.',
  reservation_ended: 'Make a new reservation.',
  incomplete: 'Send the whole request at once.',
  body_too_large: 'Send smaller batches.',
  unsupported_media_type: 'Send JSON, or CloudEvents 1.0 as JSON.',
  idempotency_conflict: 'Use a new id for a new event, and the same payload for a retry.',
  unprocessable: 'Correct the fields that `errors` names.',
  too_many_attempts: 'Wait for `Retry-After` seconds, and send a credential that is known.',
  too_many_streams: 'Close one, or let its readers share one.',
  headers_too_large: 'Send fewer and shorter headers: 16 KB is what they may take in all.',
  overloaded: 'Send it again after `Retry-After` seconds.',
  unavailable: 'Send it again after `Retry-After` seconds.',
  timed_out: 'Send it again under the same id, or wait longer with `timeoutMs`.',
  internal: 'Report the request id.',
}
