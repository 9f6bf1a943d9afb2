import type { Poster } from '../../connectors/outbound/guarded-post.ts'
import type { postToSlack } from '../../connectors/slack/send.ts'
import { slackTargetFault } from '../../connectors/slack/slack-target.ts'
import { keyIdOf, SEALING, unsealed } from '../authentication/sealing.ts'
import type { Context } from '../context.ts'
import type { MessageSender } from './serve-channel.ts'

/** Slack accepts one message per second for each hook. */
const PACE_MS = 1_000

/** Sends to the hook. Its URL is a secret, and is only unsealed here. */
export const slackSender = (
  { signingKeys, outbound }: Pick<Context, 'signingKeys' | 'outbound'>,
  post: typeof postToSlack,
  poster: Pick<Poster, 'post'>,
): MessageSender => ({
  paceMs: PACE_MS,
  send: async ({ id, secret }, message, signal) => {
    if (secret === null) throw new Error('a channel of Slack has no hook')
    const url = unsealed(secret, await signingKeys.of(SEALING, keyIdOf(secret)), id)
    // The outbound rules may have changed since the channel was created.
    const fault = slackTargetFault(url, outbound)
    if (fault !== undefined) {
      return { verdict: 'refused', status: null, error: `the URL ${fault}`, answer: null }
    }
    return post(poster, url, message, signal)
  },
})
