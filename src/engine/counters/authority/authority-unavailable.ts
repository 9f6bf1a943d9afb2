/**
 * The authority gave no answer in time, or could not be asked. What was asked may have been done
 * all the same, so neither a take nor a give may simply be sent again: whatever it took is
 * forfeited at worst, and never granted twice.
 */
export class AuthorityUnavailable extends Error {
  override readonly name = 'AuthorityUnavailable'
}
