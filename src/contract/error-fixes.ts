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
    'Use a credential with the scope or role that the operation requires, or the admin key.',
  not_found: 'Check the path and its ids.',
  method_not_allowed: 'Use one of the methods in the header `Allow`.',
  already_exists: 'Choose another id, or change the existing object.',
  in_flight: 'Send it again after `Retry-After` seconds.',
  reservation_ended: 'Create a new reservation.',
  incomplete: 'Send the whole request at once.',
  body_too_large: 'Send smaller batches.',
  unsupported_media_type: 'Send JSON, or CloudEvents 1.0 as JSON.',
  idempotency_conflict: 'Use a new id for a new event, and the same payload for a retry.',
  unprocessable: 'Correct the fields that `errors` names.',
  too_many_attempts: 'Wait for `Retry-After` seconds, then send a valid credential.',
  too_many_streams: 'Close a stream, or let its readers share one.',
  too_many_requests: 'Send it again after `Retry-After` seconds.',
  headers_too_large: 'Send fewer or shorter headers, at most 16 KB in all.',
  overloaded: 'Send it again after `Retry-After` seconds.',
  unavailable: 'Send it again after `Retry-After` seconds.',
  timed_out: 'Send it again with the same id, or increase `timeoutMs`.',
  internal: 'Report the request id to support.',
}
