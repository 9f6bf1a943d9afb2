import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import { createHandler, type Handler } from '../../src/server.ts'
import { createTestTollgate } from '../../src/testing/index.ts'
import { SECRET_KEY, sdkFor } from '../connectors/stripe/sdk.ts'
import { openStripeStandIn, type StripeStandIn } from '../connectors/stripe/stand-in.ts'
import { ADMIN_KEY, sender } from './door.ts'

const CRON_SECRET = 'the-cron-secret-of-the-tests'
const schedule = { key: null, headers: { 'x-cron-secret': CRON_SECRET } }

describe('billing over HTTP', () => {
  let standIn: StripeStandIn
  let handler: Handler
  let send: ReturnType<typeof sender>
  let close = async (): Promise<void> => undefined
  let advance = async (_ms: number): Promise<void> => undefined

  beforeAll(async () => {
    standIn = await openStripeStandIn({ now: () => clock.now() })
    const { tollgate, clock } = await createTestTollgate({
      at: '2026-03-10T12:00:00Z',
      catalogs: ['api-platform'],
      stripe: { secretKey: SECRET_KEY, apiBase: standIn.url },
    })
    handler = createHandler(tollgate, {
      adminKey: ADMIN_KEY,
      now: clock.now,
      cronSecret: CRON_SECRET,
    })
    send = sender(handler)
    advance = clock.advance
    close = async () => {
      await tollgate.close()
      await standIn.close()
    }
  })
  afterAll(() => close())

  it("leads from use to Stripe's item and the invoice", async () => {
    const { id: customerId } = await sdkFor(standIn).customers.create({})
    const organization = { id: 'acme', name: 'Acme', plan: 'api-platform/pro' }
    await send('POST', '/api/organizations', { body: organization })
    const at = '/api/organizations/acme'
    const customer = await send('POST', `${at}/stripe-customer`, { body: { customerId } })
    expect([customer.status, customer.body]).toEqual([200, { organizationId: 'acme', customerId }])
    const key = (
      await send('POST', `${at}/api-keys`, {
        body: { name: 'books', scopes: ['usage.record', 'invoices.read'] },
      })
    ).body.key
    const use = { id: 'use', eventType: 'api_call', quantities: { api_calls: 105_000 } }
    await send('POST', '/api/usage/events', { key, body: use })
    const preview = await send('GET', `${at}/invoices/preview`, { key })
    expect(preview.body).toMatchObject({ state: 'draft', total: '54.00', currency: 'USD' })
    await advance(32 * 86_400_000)
    const [first, second] = [
      await send('POST', '/api/cron/process-overage', schedule),
      await send('POST', '/api/cron/process-overage', schedule),
    ]
    expect([first.status, first.body]).toEqual([
      200,
      {
        closed: 1,
        billed: 1,
        failed: 0,
        waiting: 0,
        more: 0,
        organizations: [
          {
            organizationId: 'acme',
            status: 'billed',
            amount: '5.00',
            currency: 'USD',
            reason: null,
          },
        ],
      },
    ])
    expect(second.body).toMatchObject({ closed: 0, billed: 0, organizations: [] })
    const { data } = await sdkFor(standIn).invoiceItems.list({ customer: customerId })
    expect(data.map(({ amount }) => amount)).toEqual([500])
    const { body } = await send('GET', `${at}/invoices`, { key })
    expect(body.items).toMatchObject([{ total: '54.00', periodEnd: '2026-04-10T00:00:00.000Z' }])
    const invoice = await send('GET', `${at}/invoices/${body.items[0].id}`, { key })
    expect(invoice.body.lines).toMatchObject([{ amount: '49.00' }, { amount: '5.00' }])
    const audit = await send('GET', `${at}/audit?category=billing`)
    expect(
      audit.body.items.map(({ action, actor }: { action: string; actor: string }) => [
        action,
        actor,
      ]),
    ).toEqual([
      ['period.closed', 'cron'],
      ['stripe_customer.set', 'admin'],
    ])
  })

  it('gives a client the same as the engine', async () => {
    const client = createClient({
      url: 'http://tollgate.test',
      key: ADMIN_KEY,
      fetch: async (input, init) => handler(new Request(input, init)),
    })
    expect(await client.billing.run()).toMatchObject({ closed: 0, failed: 0 })
    const { items } = await client.invoices.list({ organizationId: 'acme', limit: 1 })
    expect(
      await client.invoices.get({ organizationId: 'acme', invoiceId: items[0]?.id as string }),
    ).toMatchObject({ total: '54.00', lines: [{ line: 1 }, { line: 2 }] })
    const taken = client.stripe.setCustomer({ organizationId: 'acme', customerId: 'nobody' })
    await expect(taken).rejects.toMatchObject({ code: 'invalid_request' })
  })
})
