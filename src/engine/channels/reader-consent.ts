import { TollgateError } from '../../contract/errors.ts'
import type { EndpointRow } from '../../storage/tables/endpoints.ts'

type Consenting = Pick<EndpointRow, 'target' | 'unsubscribed_target'>

/** The reason of a channel whose reader ended the mails. */
export const READER_ENDED_IT = 'whoever reads the mail ended it'

/** Mail servers tell no addresses apart by the case of their letters. */
const isSameMailbox = (one: string, other: string): boolean =>
  one.toLowerCase() === other.toLowerCase()

/** True if the reader at the channel's present address ended the mails. */
export const isUnsubscribed = ({ target, unsubscribed_target }: Consenting): boolean =>
  unsubscribed_target !== null && isSameMailbox(unsubscribed_target, target)

/**
 * Refuses to mail somebody again who ended the mails of this channel. Only they can take that back.
 *
 * @throws TollgateError that says what helps.
 */
export const requireConsent = (
  old: Consenting,
  { target, state }: { readonly target?: string | undefined; readonly state?: string | undefined },
): void => {
  const now = { ...old, target: target ?? old.target }
  const isBack = target !== undefined && target !== old.target
  if (!isUnsubscribed(now) || (state === undefined && !isBack)) return
  const field = isBack ? 'target' : 'state'
  const message =
    `whoever reads ${now.target} ended these mails, and only they can resume them: by the link ` +
    'in any of the mails. Name another address, or ask them'
  throw new TollgateError('unprocessable', {
    detail: `${field}: ${message}`,
    faults: [{ field, message }],
  })
}
