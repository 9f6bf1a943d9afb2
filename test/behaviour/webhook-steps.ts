import { Webhook } from 'standardwebhooks'
import { expect, vi } from 'vitest'
import type { DomainEvent } from '../../src/contract/domain-events.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import type { WebhookSettings } from '../../src/index.ts'
import type { Received } from '../connectors/outbound/receiver.ts'

/** Rules by which a receiver on this machine may be sent to. */
export const toThisMachine = (...ports: number[]): WebhookSettings => ({
  allow: ['127.0.0.1'],
  allowHttp: true,
  ports,
  timeoutMs: 500,
})

type Sent = Omit<DomainEvent, 'kind' | 'occurredAt'> & {
  readonly type: string
  readonly timestamp: string
}

/** What was sent, as a receiver reads it that knows the secret; throws where it was not signed so. */
export const verified = ({ headers, body }: Received, secret: string): Sent => {
  // A receiver looks at its own clock, and ours is turned.
  const now = Number(headers['webhook-timestamp']) * 1_000
  vi.useFakeTimers({ toFake: ['Date'], now })
  try {
    return new Webhook(secret).verify(body, headers) as Sent
  } finally {
    vi.useRealTimers()
  }
}

/** In the order of their numbers: what is due together is sent together. */
export const inOrder = (received: readonly Received[]): Received[] =>
  [...received].sort((one, other) => bodyOf(one).sequence - bodyOf(other).sequence)

/** What was sent without looking at its signature, whose time is that of the test's clock. */
export const bodyOf = ({ body }: Received): Sent => JSON.parse(body)

export const idsOf = (received: readonly Received[]) =>
  received.map(({ headers }) => headers['webhook-id'])

/** Sends what is due, and again so long as something was. */
export const deliver = (tollgate: TollgateEngine) => tollgate.admin.sendDeliveries()

/** Deliveries of an endpoint, the oldest first. */
export const deliveriesOf = async (
  tollgate: TollgateEngine,
  about: { readonly organizationId?: string; readonly endpointId: string },
) => {
  const all = []
  const list =
    about.organizationId === undefined
      ? tollgate.platformDeliveries.list(about)
      : tollgate.deliveries.list(about)
  for await (const one of list) all.unshift(one)
  return all
}

/** An act that is told of, as often as wanted: a member each. */
export const acts = async (tollgate: TollgateEngine, organizationId: string, ...ids: string[]) => {
  for (const userId of ids) {
    const member = await tollgate.members.add({ organizationId, userId, role: 'viewer' })
    expect(member.userId).toBe(userId)
  }
}
