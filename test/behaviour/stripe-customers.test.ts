import { afterEach, expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import type { Database } from '../../src/storage/database.ts'
import {
  type BilledPlatform,
  emptied,
  openBilledPlatform,
} from '../connectors/stripe/billed-platform.ts'
import { deliver, type Failing } from '../connectors/stripe/stand-in.ts'
import { Fuse, withFuse } from '../faults/fuse.ts'
import { isLong } from '../setup/form.ts'
import { describeEmbeddedFirst } from '../setup/substrates.ts'

const HOUR = 3_600_000

describeEmbeddedFirst('customers created at Stripe', (open) => {
  let platform: BilledPlatform
  let db: Database
  let tollgate: TollgateEngine
  afterEach(() => platform.close())

  const begin = async (options: { knowsKeys?: boolean; createCustomers?: boolean } = {}) => {
    const { knowsKeys = true, createCustomers = true } = options
    platform = await openBilledPlatform({ knowsKeys, stripe: { createCustomers } })
    db = await open()
    await emptied(db)
    tollgate = await platform.engine(db)
    for (const id of ['acme', 'free', 'globex']) {
      await tollgate.organizations.create({ id, name: `${id} Ltd`, plan: 'api-platform/pro' })
      if (id === 'free') continue
      const use = { id: 'use', organizationId: id, eventType: 'api_call' }
      await tollgate.record({ ...use, quantities: { api_calls: 105_000 } })
    }
    await platform.endPeriod(tollgate)
  }
  /** By organization, because several are created together. */
  const customers = () =>
    platform.standIn.account.customers
      .map(({ name, metadata }) => [name, metadata.tollgate_organization])
      .sort(([, one = ''], [, other = '']) => ((one ?? '') < (other ?? '') ? -1 : 1))
  const amounts = () => platform.standIn.items.map(({ amount }) => amount)
  const BOTH = [
    ['acme Ltd', 'acme'],
    ['globex Ltd', 'globex'],
  ]

  it('exist once for each organization that owes something, despite two processes', async () => {
    await begin()
    const another = await platform.engine(await open())
    await Promise.all([tollgate.billing.run(), another.billing.run()])
    // One process may find a charge whose customer the other is still creating. That charge waits.
    await platform.clock.advance(HOUR)
    await tollgate.billing.run()
    expect([...customers()].sort()).toEqual(BOTH)
    expect(amounts()).toEqual([500, 500])
    const { customerId } = await tollgate.stripe.link({ organizationId: 'acme' })
    expect(platform.itemsOf(customerId as string).length).toBe(1)
    expect(await tollgate.stripe.link({ organizationId: 'free' })).toMatchObject({
      customerId: null,
    })
    const { items } = await tollgate.audit.list({ organizationId: 'acme', category: 'billing' })
    expect(items.map(({ action }) => action)).toContain('stripe_customer.created')
  })

  it("get a shortened name if the organization's name is too long", async () => {
    await begin()
    await tollgate.organizations.update({ organizationId: 'acme', name: 'n'.repeat(10_000) })
    expect(await tollgate.billing.run()).toMatchObject({ billed: 2, failed: 0, waiting: 0 })
    expect(customers().map(([name]) => name?.length)).toEqual([256, 10])
  })

  it('get the current name, even if an earlier attempt used another', async () => {
    await begin()
    platform.standIn.failWhen(({ method, path }) =>
      method === 'POST' && path === '/v1/customers' ? 'cached-rate-limit' : undefined,
    )
    expect(await tollgate.billing.run()).toMatchObject({ failed: 2 })
    platform.standIn.failWhen(() => undefined)
    // As first stored: with the name of that time.
    await db.query(
      `update tollgate.outbox set payload = '{"name": "Old Ltd"}' where kind = 'customer'`,
    )
    await tollgate.organizations.update({ organizationId: 'acme', name: 'New Ltd' })
    await platform.clock.advance(HOUR)
    await tollgate.billing.run()
    expect(customers()).toEqual([
      ['New Ltd', 'acme'],
      ['globex Ltd', 'globex'],
    ])
  })

  it('are created only if enabled', async () => {
    await begin({ createCustomers: false })
    expect(await tollgate.billing.run()).toMatchObject({ billed: 0, waiting: 2 })
    expect(customers()).toEqual([])
  })

  it.each([true, false])(
    'are created once even if the answer is lost (keys: %s)',
    async (knowsKeys) => {
      for (const failing of [
        'reset-when-done',
        'error-when-done',
        'half-an-answer',
        'error',
      ] as const) {
        await begin({ knowsKeys })
        const failed = new Set<string>()
        platform.standIn.failWhen(({ method, path, body }): Failing | undefined => {
          const whose = body.get('metadata[tollgate_organization]') ?? ''
          if (method !== 'POST' || path !== '/v1/customers' || failed.has(whose)) return undefined
          failed.add(whose)
          return failing
        })
        for (let run = 0; run < 4; run += 1) {
          await tollgate.billing.run()
          await platform.clock.advance(25 * HOUR)
        }
        expect(customers(), failing).toEqual(BOTH)
        expect(amounts(), failing).toEqual([500, 500])
        await platform.close()
      }
      await begin()
    },
  )

  it('are created once even if the process dies at any step', async () => {
    await begin({ knowsKeys: false })
    const fuse = new Fuse()
    for (let steps = 0; ; steps += isLong ? 1 : 4) {
      const process = await platform.engine(withFuse(db, fuse))
      fuse.arm(steps)
      await process.billing.run().catch(() => undefined)
      const isWhole = !fuse.isBlown
      fuse.disarm()
      await process.close()
      await platform.clock.advance(HOUR)
      if (isWhole && amounts().length === 2) break
    }
    expect(customers()).toEqual(BOTH)
    expect(amounts()).toEqual([500, 500])
  })

  it('are not recreated after a deletion: their charges wait', async () => {
    await begin()
    await tollgate.billing.run()
    const { customerId } = await tollgate.stripe.link({ organizationId: 'acme' })
    platform.standIn.account.deleteCustomer(customerId as string)
    await deliver(tollgate, platform.standIn.event('customer.deleted', customerId as string))
    const use = { id: 'more', organizationId: 'acme', eventType: 'api_call' }
    await tollgate.record({ ...use, quantities: { api_calls: 105_000 } })
    await platform.endPeriod(tollgate)
    const report = await tollgate.billing.run()
    expect(report).toMatchObject({ failed: 1, waiting: 1 })
    expect(report.organizations[0]?.reason).toMatch(/was deleted at Stripe/)
    expect(customers().length).toBe(2)
  })
})
