import type { ChannelMessage } from '../../contract/channel-message.ts'
import type { MessageOutcome } from '../messages/outcome.ts'
import type { Poster } from '../outbound/guarded-post.ts'
import { slackBody } from './blocks.ts'

const TOO_MANY = 429
/** The webhook was removed, its channel was archived, or it may no longer post there. */
const GONE = [403, 404, 410]

/** Sends a message to an incoming webhook of Slack, once. */
export const postToSlack = async (
  poster: Pick<Poster, 'post'>,
  url: string,
  message: ChannelMessage,
  signal: AbortSignal,
): Promise<MessageOutcome> => {
  const body = JSON.stringify(slackBody(message))
  const headers = { 'content-type': 'application/json', 'user-agent': 'Tollgate-Channels/1' }
  const { status, error, answer, retryAfterMs } = await poster.post({ url, headers, body, signal })
  const came = { status, answer, retryAfterMs }
  if (status === null) return { ...came, verdict: 'again', error: error ?? 'no answer' }
  if (status >= 200 && status < 300) return { ...came, verdict: 'done', error: null }
  const said = `it answered ${status}`
  if (GONE.includes(status)) return { ...came, verdict: 'gone', error: said }
  const isFinal = status >= 400 && status < 500 && status !== TOO_MANY && status !== 408
  return { ...came, verdict: isFinal ? 'refused' : 'again', error: said }
}
