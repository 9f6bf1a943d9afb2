/**
 * The authority did not answer in time, or could not be reached. The request may have been
 * executed, so a take or a give must not simply be repeated. At worst its units are forfeited; they
 * are never granted twice.
 */
export class AuthorityUnavailable extends Error {
  override readonly name = 'AuthorityUnavailable'
}
