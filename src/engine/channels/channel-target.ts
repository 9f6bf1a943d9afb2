import { shownSlackTarget, slackTargetFault } from '../../connectors/slack/slack-target.ts'
import type { SigningKey } from '../../contract/authentication.ts'
import type { ChannelKind } from '../../contract/channels.ts'
import { invalid } from '../../contract/errors.ts'
import { mailAddressFault } from '../../core/mail-address.ts'
import type { EndpointRow } from '../../storage/tables/endpoints.ts'
import { sealed } from '../authentication/sealing.ts'
import type { Context } from '../context.ts'

/**
 * The stored form of a target. A mail address is stored as it is. A Slack hook is sealed, and only
 * its end stays readable.
 *
 * @throws TollgateError for a target that may not receive messages.
 */
export const targetsOf = (
  ctx: Pick<Context, 'outbound'>,
  kind: ChannelKind,
  target: string,
): ((id: string, key: SigningKey) => Pick<EndpointRow, 'target' | 'secret'>) => {
  const message =
    kind === 'slack' ? slackTargetFault(target, ctx.outbound) : mailAddressFault(target)
  if (message !== undefined) throw invalid({ field: 'target', message })
  if (kind === 'email') return () => ({ target, secret: null })
  return (id, key) => ({ target: shownSlackTarget(target), secret: sealed(target, key, id) })
}
