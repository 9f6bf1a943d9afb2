import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import { createHandler, type Handler } from '../../src/server.ts'
import { createTestTollgate, type TestClock } from '../../src/testing/index.ts'
import { SECRET_KEY, sdkFor } from '../connectors/stripe/sdk.ts'
import {
  type Delivery,
  openStripeStandIn,
  type StripeStandIn,
  WEBHOOK_SECRET,
} from '../connectors/stripe/stand-in.ts'
import { ADMIN_KEY, sender } from './door.ts'

const PATH = '/api/webhooks/stripe'
const AT = '2026-03-10T12:00:00Z'

describe('Stripe over HTTP', () => {
  let standIn: StripeStandIn
  let handler: Handler
  let send: ReturnType<typeof sender>
  let customerId: string
  let close = async (): Promise<void> => undefined
  let turned: TestClock

  beforeAll(async () => {
    standIn = await openStripeStandIn({ now: () => turned?.now() ?? new Date(AT) })
    const { tollgate, clock } = await createTestTollgate({
      at: AT,
      catalogs: ['api-platform'],
      stripe: { secretKey: SECRET_KEY, webhookSecret: WEBHOOK_SECRET, apiBase: standIn.url },
    })
    turned = clock
    handler = createHandler(tollgate, { adminKey: ADMIN_KEY, now: clock.now })
    send = sender(handler)
    close = async () => {
      await tollgate.close()
      await standIn.close()
    }
    const organization = { id: 'acme', name: 'Acme', plan: 'api-platform/pro' }
    await send('POST', '/api/organizations', { body: organization })
    const metadata = { tollgate_organization: 'acme' }
    customerId = (await sdkFor(standIn).customers.create({ metadata })).id
  })
  afterAll(() => close())

  const deliver = ({ body, signature }: Pick<Delivery, 'body' | 'signature'>) =>
    send('POST', PATH, { key: null, body, headers: { 'stripe-signature': signature } })

  it('accepts what Stripe signed, byte for byte and without a key', async () => {
    const event = standIn.event('customer.created', customerId)
    const { id, type } = { id: event.id, type: 'customer.created' }
    const first = await deliver(event)
    expect([first.status, first.body]).toEqual([200, { eventId: id, type, outcome: 'applied' }])
    const second = await deliver(event)
    expect([second.status, second.body.outcome]).toEqual([200, 'repeated'])
    standIn.account.putSubscription('sub_1', customerId, { status: 'past_due' })
    await deliver(standIn.event('customer.subscription.updated', 'sub_1'))
    const link = await send('GET', '/api/organizations/acme/stripe-customer')
    expect(link.body).toMatchObject({
      organizationId: 'acme',
      customerId,
      customerDeleted: false,
      subscriptions: [{ id: 'sub_1', status: 'past_due', cancelAtPeriodEnd: false }],
    })
    const client = createClient({
      url: 'http://tollgate.test',
      key: ADMIN_KEY,
      fetch: (url, init) => handler(new Request(url as string, init)),
    })
    expect(await client.stripe.link({ organizationId: 'acme' })).toEqual(link.body)
  })

  it('refuses everything else with a problem', async () => {
    const { body, signature } = standIn.event('customer.updated', customerId)
    const old = new Date(turned.now().getTime() - 301_000)
    const wrong = [
      { body: body.replace(/\s+/g, ''), signature },
      { body, signature: 'none' },
      standIn.event('customer.updated', customerId, { secret: 'whsec_of_another' }),
      standIn.event('customer.updated', customerId, { signedAt: old }),
    ]
    for (const given of wrong) {
      const { status, headers, body: problem } = await deliver(given)
      expect([status, problem.code]).toEqual([400, 'invalid_request'])
      expect(headers.get('content-type')).toBe('application/problem+json')
      expect(problem.errors[0].field).toBe('Stripe-Signature')
    }
    const bare = await send('POST', PATH, { key: null, body })
    expect([bare.status, bare.body.errors[0].message]).toEqual([400, 'is required'])
  })

  it('makes Stripe retry while Stripe itself cannot be read', async () => {
    standIn.failWhen(() => 'error')
    const event = standIn.event('customer.updated', customerId)
    expect((await deliver(event)).status).toBe(503)
    standIn.failWhen(() => undefined)
    expect((await deliver(event)).body).toMatchObject({ outcome: 'applied' })
  })

  it('compares the books, and reports it in the metrics', async () => {
    await turned.advance(1_000)
    const { status, body } = await send('POST', '/api/admin/stripe/reconcile', { body: {} })
    expect([status, body.clean, body.organizations]).toEqual([200, true, 1])
    const metrics = await send('GET', '/metrics')
    expect(metrics.body).toMatch(/^tollgate_stripe_events_total 3$/m)
    expect(metrics.body).toMatch(/^tollgate_stripe_events_repeated_total 1$/m)
  })
})

describe('a Tollgate without a Stripe secret', () => {
  it('accepts no events', async () => {
    const { tollgate } = await createTestTollgate({ catalogs: ['api-platform'] })
    const send = sender(createHandler(tollgate, { adminKey: ADMIN_KEY }))
    const answer = await send('POST', PATH, {
      key: null,
      body: '{}',
      headers: { 'stripe-signature': 't=1,v1=00' },
    })
    expect(answer.status).toBe(404)
    await tollgate.close()
  })
})
