import { Webhook } from 'standardwebhooks'
import { expect, vi } from 'vitest'
import type { DomainEvent } from '../../src/contract/domain-events.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import type { WebhookSettings } from '../../src/index.ts'
import type { Received } from '../connectors/outbound/receiver.ts'

/** Webhook settings that allow receivers on this machine. */
export const toThisMachine = (...ports: number[]): WebhookSettings => ({
  allow: ['127.0.0.1'],
  allowHttp: true,
  ports,
  timeoutMs: 2_000,
})

type Sent = Omit<DomainEvent, 'kind' | 'occurredAt'> & {
  readonly type: string
  readonly timestamp: string
}

/** The received event. Throws if its signature does not match the secret. */
export const verified = ({ headers, body }: Received, secret: string): Sent => {
  // A receiver would use its own clock; the tests' clock differs.
  const now = Number(headers['webhook-timestamp']) * 1_000
  vi.useFakeTimers({ toFake: ['Date'], now })
  try {
    return new Webhook(secret).verify(body, headers) as Sent
  } finally {
    vi.useRealTimers()
  }
}

/** In sequence order, because deliveries due together are sent together. */
export const inOrder = (received: readonly Received[]): Received[] =>
  [...received].sort((one, other) => bodyOf(one).sequence - bodyOf(other).sequence)

/** The received event, without a signature check, because its time is the test clock's. */
export const bodyOf = ({ body }: Received): Sent => JSON.parse(body)

export const idsOf = (received: readonly Received[]) =>
  received.map(({ headers }) => headers['webhook-id'])

/** Sends due deliveries until none is left. */
export const deliver = (tollgate: TollgateEngine) => tollgate.admin.sendDeliveries()

/** The deliveries of an endpoint, the oldest first. */
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

/** Adds members: each addition is one event. */
export const acts = async (tollgate: TollgateEngine, organizationId: string, ...ids: string[]) => {
  for (const userId of ids) {
    const member = await tollgate.members.add({ organizationId, userId, role: 'viewer' })
    expect(member.userId).toBe(userId)
  }
}
