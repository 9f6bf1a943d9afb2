import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCli } from '../../src/cli/program.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { testClock } from '../../src/testing/index.ts'
import { SECRET_KEY, sdkFor } from '../connectors/stripe/sdk.ts'
import { openStripeStandIn, type StripeStandIn } from '../connectors/stripe/stand-in.ts'
import { describeOnAnyDatabase } from './any-database.ts'

describeOnAnyDatabase('tollgate stripe', (at, open) => {
  let standIn: StripeStandIn
  const clock = testClock('2026-03-10T12:00:00Z')

  beforeAll(async () => {
    standIn = await openStripeStandIn({ now: clock.now })
    const tollgate = await createTollgate({
      database: await open(),
      clock,
      catalogs: ['api-platform'],
      stripe: { secretKey: SECRET_KEY, apiBase: standIn.url },
    })
    await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'api-platform/pro' })
    const { id: customerId } = await sdkFor(standIn).customers.create({})
    await tollgate.stripe.setCustomer({ organizationId: 'acme', customerId })
    const use = { id: 'use', organizationId: 'acme', eventType: 'api_call' }
    await tollgate.record({ ...use, quantities: { api_calls: 105_000 } })
    await clock.advance(32 * 86_400_000)
    await tollgate.billing.run()
    await tollgate.close()
  })
  afterAll(async () => {
    await standIn.close()
  })

  const run = async (...more: readonly string[]) => {
    let [out, err] = ['', '']
    const key: Record<string, string> = more.includes('--keyless')
      ? {}
      : { STRIPE_SECRET_KEY: SECRET_KEY, STRIPE_API_BASE: standIn.url }
    const isCollecting = more.includes('--collect-since')
    const range = ['--from', '2026-01-01', '--to', '2027-01-01']
    const argv = [
      ...['stripe', isCollecting ? 'collect' : 'reconcile', ...at()],
      ...(isCollecting ? [] : range),
    ]
    const code = await runCli([...argv, ...more.filter((option) => option !== '--keyless')], {
      stdout: {
        write: (text) => {
          out += text
        },
      },
      stderr: {
        write: (text) => {
          err += text
        },
      },
      env: key,
      now: () => new Date(),
      onSignal: () => () => undefined,
      after: () => () => undefined,
      exit: () => undefined,
    })
    return { code, out, err }
  }

  it('exits with 0 and a line if nothing differs, and with 1 and the differences otherwise', async () => {
    const same = await run()
    expect([same.code, same.out]).toEqual([
      0,
      expect.stringMatching(/1 charge .*\nNothing differs\./),
    ])
    const [item] = standIn.items
    standIn.account.editItem(item?.id as string, { amount: 1 })
    const different = await run()
    expect(different.code).toBe(1)
    expect(different.out).toMatch(
      /^amount: acme, tollgate_\w+, ii_\d+ \(here 5\.00 USD, .*; at Stripe 0\.01 USD\)$/m,
    )
    expect(different.out).toMatch(/^Differences: amount 1\.$/m)
    const json = await run('--json')
    expect([json.code, JSON.parse(json.out)]).toMatchObject([
      1,
      { clean: false, counts: { amount: 1 } },
    ])
    expect((await run('--org', 'acme')).code).toBe(1)
  })

  it('collects invoices closed without a key, from a given date on', async () => {
    const withoutKey = await createTollgate({
      database: await open(),
      clock,
      catalogs: ['api-platform'],
    })
    const use = { id: 'more', organizationId: 'acme', eventType: 'api_call' }
    await withoutKey.record({ ...use, quantities: { api_calls: 103_000 } })
    await clock.advance(32 * 86_400_000)
    await withoutKey.admin.closePeriods()
    await withoutKey.close()
    const since = ['--collect-since', '2026-01-01']
    expect(await run(...since, '--dry-run')).toMatchObject({
      code: 0,
      out: 'To be collected: 1 charge of 1 invoice, 3.00 USD together.\n',
    })
    expect(await run(...since, '--org', 'acme')).toMatchObject({
      code: 0,
      out: 'The next run collects 1 charge of 1 invoice, 3.00 USD together.\n',
    })
    const again = await run(...since, '--json')
    expect(JSON.parse(again.out)).toMatchObject({ invoices: 0, charges: 0, amount: '0.00' })
    expect(await run(...since, '--keyless')).toMatchObject({ code: 1 })
  })

  it("requires the account's key", async () => {
    expect(await run('--keyless')).toMatchObject({
      code: 1,
      err: expect.stringContaining('STRIPE_SECRET_KEY'),
    })
  })
})
