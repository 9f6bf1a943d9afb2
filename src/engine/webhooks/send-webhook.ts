import type { Poster, PostOutcome } from '../../connectors/outbound/guarded-post.ts'
import { signedHeaders } from '../../connectors/webhooks/signature.ts'
import type { ClaimedEndpoint, DueDelivery } from '../../storage/tables/dispatch.ts'
import { keyIdOf, SEALING, unsealed } from '../authentication/sealing.ts'
import type { Context } from '../context.ts'
import { sentEventOf } from '../events/event-value.ts'

/** Sends an event to an endpoint, once. */
export type Send = (
  endpoint: ClaimedEndpoint,
  delivery: DueDelivery,
  signal: AbortSignal,
) => Promise<PostOutcome>

/**
 * Signs by Standard Webhooks: the timestamp is that of the try, and the id is that of the event.
 */
export const webhookSender =
  (ctx: Pick<Context, 'clock' | 'signingKeys'>, poster: Pick<Poster, 'post'>): Send =>
  async (endpoint, delivery, signal) => {
    const body = JSON.stringify(sentEventOf(delivery))
    const at = ctx.clock.now()
    const secrets = await secretsOf(ctx, endpoint, at)
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Tollgate-Webhooks/1',
      ...signedHeaders({ id: delivery.id, at, body }, secrets),
    }
    return poster.post({ url: endpoint.target, headers, body, signal })
  }

/** The current secret, then the previous one until it expires. */
const secretsOf = async (
  { signingKeys }: Pick<Context, 'signingKeys'>,
  { id, secret, former_secret, former_until }: ClaimedEndpoint,
  at: Date,
): Promise<readonly string[]> => {
  const isFormerGood = former_until !== null && former_until > at
  const texts = [secret, isFormerGood ? former_secret : null].filter((text) => text !== null)
  return Promise.all(
    texts.map(async (text) => unsealed(text, await signingKeys.of(SEALING, keyIdOf(text)), id)),
  )
}
