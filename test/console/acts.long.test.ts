import { describe, expect, it } from 'vitest'
import { SLOW } from '../cli/run-command.ts'
import { browserPath } from './browser.ts'
import { openConsole } from './open-console.ts'

/** The first billing period is running at this time, and has ended when the operator signs in. */
const MADE = '2026-03-03T12:00:00Z'
const AT = '2026-03-10T12:00:00Z'

describe.skipIf(browserPath === undefined)('an operator at the console', SLOW, () => {
  const id = 'acme'
  const of = `/customers/${id}`
  const call = { organizationId: id, eventType: 'api-platform/api_call' }
  const opened = openConsole({
    at: MADE,
    prepare: async ({ tollgate, clock }) => {
      await tollgate.organizations.create({
        id,
        name: 'Acme',
        plan: 'api-platform/pro',
        startsAt: '2026-02-05T00:00:00Z',
      })
      await tollgate.record({
        ...call,
        timestamp: '2026-02-20T10:00:00Z',
        id: 'a-big-one',
        quantities: { api_calls: 105_000 },
      })
      await clock.set(AT)
      const studio = { id: 'studio', name: 'Studio', plan: 'ai-workspace/starter' }
      await tollgate.organizations.create(studio)
      for (const timestamp of ['2026-03-10T11:58:00Z', '2026-03-10T11:59:00Z']) {
        const eventType = 'structuring_diagnose'
        await tollgate.record({ organizationId: studio.id, eventType, timestamp })
      }
    },
  })

  it('runs a job, follows it to its end, and finds its result', async () => {
    const { page, go } = opened()
    await go('/jobs')
    const row = page.getByRole('row').filter({ hasText: 'Process overage' }).first()
    await row.getByRole('button', { name: 'Run now' }).click()
    await row.locator('small', { hasText: /^done$/ }).waitFor()
    await page.getByRole('table').nth(1).getByText('Process overage').waitFor()
    expect((await opened().tollgate.invoices.list({ organizationId: id })).items).toHaveLength(1)
  })

  it('follows an invoice line to its events', async () => {
    const { tollgate, page, go } = opened()
    await go(`${of}/billing`)
    await page.getByRole('button', { name: '5 Feb to 4 Mar 2026' }).click()
    const sheet = page.getByRole('dialog', { name: 'Invoice' })
    await sheet
      .getByRole('link', { name: '5,000 API calls past what the billing period includes' })
      .click()
    const row = page.getByRole('row').filter({ hasText: 'api_call' })
    await row.waitFor()
    const [invoice] = (await tollgate.invoices.list({ organizationId: id })).items
    const { events, total } = await tollgate.invoices.lineEvents({
      organizationId: id,
      invoiceId: invoice?.id ?? '',
      line: 2,
    })
    expect({ events, total }).toEqual({ events: 1, total: 105_000 })
    expect(await row.textContent()).toContain('105,000')
    await page.getByText('overage: 5,000 × $0.001 = $5.00').waitFor()
    await row.getByRole('button').click()
    await page.getByRole('dialog').getByText('a-big-one').first().waitFor()
  })

  it('issues a credit note, which appears on the next invoice', async () => {
    const { tollgate, page, go } = opened()
    const [invoice] = (await tollgate.invoices.list({ organizationId: id })).items
    await go(`${of}/billing?invoice=${invoice?.id}`)
    const sheet = page.getByRole('dialog', { name: 'Invoice' })
    await sheet.getByRole('button', { name: 'Issue credit note …' }).click()
    await sheet.getByLabel('Amount in USD').fill('1o')
    await sheet.getByText('must be a number').waitFor()
    await sheet.getByLabel('Amount in USD').fill('100')
    await sheet.getByLabel('Reason').fill('an outage')
    await sheet.getByRole('button', { name: 'Credit $100.00' }).click()
    // The invoice total is $54.00.
    await sheet
      .getByRole('alert')
      .filter({ hasText: 'is more than is left of the invoice: 54.00' })
      .first()
      .waitFor()
    await sheet.getByLabel('Amount in USD').fill('2.50')
    await sheet.getByRole('button', { name: 'Credit $2.50' }).click()
    await page.getByText('$2.50 will be credited on the next invoice.').waitFor()
    const preview = await tollgate.invoices.preview({ organizationId: id })
    expect(preview.lines).toContainEqual(expect.objectContaining({ amount: '-2.50' }))
  })

  it('finds a customer, overrides a limit and resets it, with only the keyboard', async () => {
    const { browser, url, tollgate } = opened()
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    const limits = async () =>
      (await tollgate.limits.list({ organizationId: 'acme' })).map(({ max }) => max)
    /** Presses Tab until an element with this name has the focus. */
    const reach = async (name: RegExp) => {
      for (let step = 0; step < 80; step += 1) {
        const named = (await page.evaluate(NAME_OF_FOCUSED)) as string
        if (name.test(named)) return
        await page.keyboard.press('Tab')
      }
      throw new Error(`no ${name} is reached by Tab`)
    }
    await page.goto(`${url}/console`)
    await page.getByLabel('Admin key').waitFor()
    await page.keyboard.type('the-platform-admin-key-of-the-console')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Customer, page or action' }).waitFor()
    await page.keyboard.type('acme')
    await page.getByRole('option', { name: /^Studio/ }).waitFor({ state: 'detached' })
    await page.getByRole('option', { name: /^Acme/ }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Acme' }).waitFor()
    await reach(/^Limits$/)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Limits in force' }).waitFor()
    await page.getByRole('button', { name: 'Override' }).first().waitFor()
    await reach(/^Override$/)
    const change = async (max: string) => {
      await page.keyboard.press('Enter')
      await page.getByRole('dialog').waitFor()
      await reach(/^Maximum$/)
      await page.keyboard.press('Control+a')
      await page.keyboard.type(max)
      await reach(/^Reason$/)
      await page.keyboard.type('by the keyboard')
    }
    const before = await limits()
    await change('7')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await limits()).toEqual(before)
    expect(await page.evaluate(NAME_OF_FOCUSED)).toBe('Override')
    await change('123456')
    await page.keyboard.press('Enter')
    await page.getByText('API calls a billing period: 123,456, from now on.').waitFor()
    expect(await limits()).toContain(123_456)
    await page.getByRole('button', { name: 'Reset to plan' }).waitFor()
    await page.keyboard.press('Shift+Tab')
    expect(await page.evaluate(NAME_OF_FOCUSED)).toBe('Reset to plan')
    await page.keyboard.press('Enter')
    await page.getByText('follows the plan again.').waitFor()
    expect(await limits()).toEqual(before)
    await context.close()
  })

  it('sees the bar of a limit move during calls', async () => {
    const { tollgate, clock, page, go } = opened()
    await tollgate.limits.override({
      organizationId: id,
      meter: 'api_calls',
      window: 'day',
      max: 10,
      reason: 'to be seen',
      behavior: 'hard',
    })
    await go(`${of}/limits`)
    const row = page.getByRole('row').filter({ hasText: 'API calls a day' })
    await row.getByText('0 of 10').waitFor()
    await page.getByText('live').first().waitFor()
    const bar = row.locator('svg').first()
    const before = await bar.innerHTML()
    for (const made of [4, 3, 3]) {
      for (let at = 0; at < made; at += 1) await tollgate.track(call)
      await clock.advance(5_000)
      const { used } = (await tollgate.usage.current({ organizationId: id })).limits.find(
        ({ limit }) => limit === 'api_calls/day',
      ) ?? { used: Number.NaN }
      await row.getByText(`${used} of 10`).waitFor()
    }
    expect(await bar.innerHTML()).not.toBe(before)
    await row.getByText('refusing').waitFor()
    expect((await tollgate.track(call)).allowed).toBe(false)
  })

  it('rotates a key, and revokes the old one, which is then refused', async () => {
    const { page, go, call, clock } = opened()
    const asks = async (key: string) =>
      (await call(`/api/usage/current?organizationId=${id}`, key)).status
    const secret = async () => {
      const dialog = page.getByRole('dialog', { name: 'Save this key now' })
      const key = (await dialog.locator('code').textContent()) ?? ''
      // Closing would lose the secret, so Escape asks for confirmation.
      await page.keyboard.press('Escape')
      await dialog.getByRole('button', { name: 'Close without copying' }).waitFor()
      await dialog.getByRole('button', { name: 'Copy the key' }).click()
      await dialog.getByRole('button', { name: 'Done' }).click()
      return key
    }
    await go(`${of}/access`)
    await page.getByRole('button', { name: 'Create API key' }).click()
    await page.getByLabel('Name').fill('Backend')
    await page.getByRole('button', { name: 'Create key' }).click()
    const first = await secret()
    expect(await asks(first)).toBe(200)
    await page.getByRole('button', { name: 'Rotate' }).click()
    const second = await secret()
    await page
      .getByText('replaced, ends in 24 h')
      .or(page.getByText(/replaced, ends in 1 d/))
      .waitFor()
    expect([await asks(first), await asks(second)]).toEqual([200, 200])
    const replaced = page.getByRole('row').filter({ hasText: 'replaced' })
    await replaced.getByRole('button', { name: 'Revoke' }).click()
    const dialog = page.getByRole('dialog', { name: 'Revoke “Backend”' })
    const typed = dialog.getByLabel('It is in use. Type Backend to confirm')
    if (await typed.isVisible()) await typed.fill('Backend')
    await dialog.getByRole('button', { name: 'Revoke the key' }).click()
    await page.getByText('“Backend” was revoked.').waitFor()
    await clock.advance(1_000)
    expect([await asks(first), await asks(second)]).toEqual([401, 200])
  })

  it('creates a service key with scopes, and an admin key', async () => {
    const { page, go, call } = opened()
    await go('/settings')
    const make = async (kind: string) => {
      await page.getByRole('button', { name: `Create ${kind} key` }).click()
      await page.getByLabel('Name').fill(`A ${kind}`)
      await page.getByRole('button', { name: 'Create key' }).click()
      const dialog = page.getByRole('dialog', { name: 'Save this key now' })
      const key = (await dialog.locator('code').textContent()) ?? ''
      await dialog.getByRole('button', { name: 'Copy the key' }).click()
      await dialog.getByRole('button', { name: 'Done' }).click()
      return key
    }
    const service = await make('service')
    const admin = await make('admin')
    const statusOf = async (path: string, key: string) => (await call(path, key)).status
    expect(await statusOf(`/api/usage/current?organizationId=${id}`, service)).toBe(200)
    expect(await statusOf('/api/admin/admin-keys', service)).toBe(403)
    expect(await statusOf('/api/admin/admin-keys', admin)).toBe(200)
    // A key from the configuration cannot be revoked in the console.
    const configured = page
      .getByRole('row')
      .filter({ hasText: 'set in the server’s configuration' })
    expect(await configured.getByRole('button', { name: 'Revoke' }).count()).toBe(0)
  })

  it('turns auto top-up on and off', async () => {
    const { tollgate, page, go } = opened()
    const topUp = async () => (await tollgate.grants.balance({ organizationId: id })).topUp
    await go(`${of}/credits`)
    await page.getByRole('button', { name: 'Set top-up' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('When credits fall below').fill('100')
    await dialog.getByLabel('Credits to buy').fill('1000')
    await dialog.getByLabel('Price in USD').fill('20')
    await dialog.getByLabel('Maximum a month').fill('3')
    await dialog.getByText('At most 3 × $20.00 a calendar month (UTC).').waitFor()
    await dialog.getByRole('button', { name: 'Set', exact: true }).click()
    await page.getByText('1,000 for $20.00 below 100, at most 3 a month').waitFor()
    expect(await topUp()).toMatchObject({ below: 100, credits: 1_000, mostAMonth: 3 })
    await page.getByRole('button', { name: 'Set top-up' }).click()
    await dialog.getByRole('button', { name: 'Turn off' }).click()
    await page.getByText('Auto top-up is off.').waitFor()
    expect(await topUp()).toBeNull()
  })

  it('runs a changed catalog over 90 days of usage, without publishing it', async () => {
    const { tollgate, page, go } = opened()
    await go('/catalog/ai-workspace/edit?eventType=structuring_diagnose')
    await page.getByLabel('Base credits').fill('20')
    await page.getByRole('button', { name: 'Dry run on 90 days' }).click()
    const figures = page.getByRole('region', { name: 'Dry run' })
    await figures.getByText(/events of .*, 1 of \d customers? changed$/).waitFor()
    await figures.getByText('20 → 40', { exact: true }).waitFor()
    const row = figures.getByRole('row').filter({ hasText: 'studio' })
    expect(await row.textContent()).toContain('+20')
    const { versions } = await tollgate.catalog.versions({ catalog: 'ai-workspace' })
    expect(versions).toHaveLength(1)
    await figures.getByRole('link', { name: 'studio' }).click()
    await page.getByRole('heading', { name: 'Studio' }).waitFor()
  })

  it('causes no policy violation and no logged error', () => {
    // The browser logs the 400 response that this test causes.
    const { faults } = opened()
    expect(faults.filter((fault) => !/status of (400|422)/.test(fault))).toEqual([])
  })
})

/** Source text, because the page's globals differ from the tests'. */
const NAME_OF_FOCUSED = `(() => {
  const focused = document.activeElement
  const label = focused?.labels?.[0]?.textContent
  return (label ?? focused?.getAttribute('aria-label') ?? focused?.textContent ?? '').trim()
})()`
