import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { money, spanText } from '../../src/react/format/index.ts'
import { SLOW } from '../cli/run-command.ts'
import { isLong } from '../setup/form.ts'
import { browserPath } from './browser.ts'
import { openConsole } from './open-console.ts'

const PLAN = 'ai-workspace/professional'
const TABS = ['', '/usage', '/events', '/limits', '/credits', '/billing', '/access', '/audit']
const SHOWN_TABS = isLong ? TABS : ['']

/** Customers who may not use anything, with the word for their state. */
const STOPPED = [
  ['paused', /^paused/],
  ['ended', /^ended/],
  ['closed', /^closed/],
  ['full', /^refusing/],
] as const

/** An answer that the client does not ask for again. */
const BUSY = {
  status: 409,
  contentType: 'application/problem+json',
  body: JSON.stringify({
    status: 409,
    title: 'It is busy',
    detail: 'It is busy; nothing was changed.',
    code: 'already_exists',
  }),
}
const SCREENS = ['/customers', '/customers/full']
/** Source text, because the page's globals differ from the tests'. */
const OPACITY_OF_STALE = `getComputedStyle(document.querySelector('main p[role=status] ~ *')).opacity`
const MORE_SCREENS = [
  '/',
  '/customers/full/billing',
  '/revenue',
  '/usage',
  '/catalog',
  '/audit',
  '/jobs',
  '/settings',
  '/simulator',
]

/** Common complaints about consoles of this kind, each with the behaviour of this one. */
describe.skipIf(browserPath === undefined)('the console', SLOW, () => {
  const opened = openConsole({
    at: '2026-03-10T12:00:00Z',
    prepare: async ({ tollgate }) => {
      for (const [id] of [...STOPPED, ['prepaid']]) {
        await tollgate.organizations.create({ id: id ?? '', name: `Customer ${id}`, plan: PLAN })
      }
      await tollgate.subscriptions.pause({ organizationId: 'paused' })
      await tollgate.subscriptions.cancel({ organizationId: 'ended', when: 'now' })
      await tollgate.organizations.close({ organizationId: 'closed' })
      await tollgate.limits.override({
        organizationId: 'full',
        meter: 'ai_calls',
        window: 'day',
        max: 1,
        behavior: 'hard',
        reason: 'to be past it',
      })
      const call = { organizationId: 'full', eventType: 'structuring_diagnose' }
      for (let made = 0; made < 2; made += 1) await tollgate.track(call)
      await tollgate.grants.create({
        organizationId: 'prepaid',
        id: 'bought',
        credits: 500,
        reason: 'Bought',
        expiresAt: '2026-06-30T00:00:00Z',
      })
    },
  })
  const overOf = (page: Page) =>
    page.evaluate('document.documentElement.scrollWidth - innerWidth') as Promise<number>
  const lookAgain = (page: Page) => page.evaluate('dispatchEvent(new Event("visibilitychange"))')

  it.each(STOPPED)(
    'shows the screens of a customer who is %s, with that state',
    async (id, word) => {
      const { page, go } = opened()
      for (const tab of SHOWN_TABS) {
        await go(`/customers/${id}${tab}`)
        expect(await page.getByRole('alert').count(), tab).toBe(0)
        if (tab === '') await page.locator('main').getByText(word).first().waitFor()
      }
    },
  )

  it('shows purchased credits with their expiry, one click from the summary', async () => {
    const { page, go } = opened()
    await go('/customers/prepaid')
    await page.getByRole('link', { name: /^Credits used/ }).click()
    await page.getByRole('heading', { name: 'Journal' }).waitFor()
    const grant = page.getByRole('row').filter({ hasText: 'Bought' })
    expect(await grant.textContent()).toMatch(/500.*29 Jun 2026|500.*30 Jun 2026/)
    await page.getByRole('cell', { name: 'Grant', exact: true }).first().waitFor()
  })

  it('shows the API’s total on every screen, with the dates of its period', async () => {
    const { tollgate, page, go } = opened()
    const about = { organizationId: 'full' }
    const { total, periodStart, periodEnd } = await tollgate.invoices.preview(about)
    const span = spanText({ start: periodStart, end: periodEnd }, { timeZone: 'UTC' })
    const due = page.locator('section', {
      has: page.getByRole('heading', { name: 'Next invoice' }),
    })
    await go('/customers/full')
    expect(await due.textContent()).toContain(money(total))
    expect(await due.textContent()).toContain(span)
    await go('/customers/full/billing')
    expect(await due.textContent()).toContain(`Total so far${money(total)}`)
    expect(await page.locator('main').textContent()).toContain(span)
    await go('/customers')
    const row = page.getByRole('row').filter({ hasText: 'Customer full' })
    expect(await row.textContent()).toContain(money(total))
  })

  it('gives screen readers every digit of an abbreviated figure', async () => {
    const { page, go } = opened()
    await go('/customers/prepaid/usage')
    const tiles = page.locator('[aria-label] > a, [aria-label] > div').filter({ hasText: 'Input' })
    expect(await tiles.first().textContent()).toContain('exactly 0')
  })

  it('keeps filters in the address, through reload and Back, as one history entry', async () => {
    const { page, go } = opened()
    await go('/customers')
    const entries = () => page.evaluate('history.length') as Promise<number>
    const rows = page.locator('main tbody tr')
    const before = await entries()
    await page.keyboard.press('/')
    await page.keyboard.type('prepaid', { delay: 5 })
    await rows.filter({ hasText: 'Customer full' }).waitFor({ state: 'detached' })
    expect(await rows.count()).toBe(1)
    expect(await entries()).toBeLessThanOrEqual(before + 1)
    await page.reload()
    await rows.filter({ hasText: 'Customer prepaid' }).waitFor()
    expect(await rows.count()).toBe(1)
    await page.getByRole('link', { name: 'Customer prepaid' }).click()
    await page.getByRole('heading', { name: 'Customer prepaid' }).waitFor()
    await page.goBack()
    await rows.filter({ hasText: 'Customer prepaid' }).waitFor()
    expect(await rows.count()).toBe(1)
  })

  it('reaches the customer that is typed right after Ctrl K', async () => {
    const { page, go } = opened()
    await go('/')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('prepaid')
    await page.getByRole('option', { name: 'Customer prepaid' }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Customer prepaid' }).waitFor()
  })

  it('asks before it revokes credits, and says why an action failed', async () => {
    const { tollgate, open, go } = opened()
    const { page } = await open()
    await page.route('**/api/**', (route) =>
      route.request().method() === 'GET' ? route.continue() : route.fulfill(BUSY),
    )
    await go('/catalog', page)
    await page.getByRole('button', { name: 'Reload' }).click()
    await page.getByRole('alert').getByText('nothing was changed').waitFor()
    await go('/customers/prepaid/credits', page)
    await page.getByRole('button', { name: 'Revoke the rest' }).click()
    const dialog = page.getByRole('dialog', { name: 'Revoke the rest of Bought' })
    await dialog.getByRole('button', { name: 'Revoke 500 credits' }).click()
    await dialog.getByRole('alert').getByText('nothing was changed').waitFor()
    await page.unroute('**/api/**')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    const { grants } = await tollgate.grants.balance({ organizationId: 'prepaid' })
    expect(grants.map(({ remaining }) => remaining)).toEqual([500])
    await page.context().close()
  })

  it('keeps stale figures with their age, until a refresh succeeds', async () => {
    const { open, go } = opened()
    const { page } = await open()
    await go('/customers/full/billing', page)
    const total = page.getByRole('cell', { name: '$149.00' }).first()
    await page.route('**/api/**', (route) => route.abort())
    // Data younger than five seconds are not requested again.
    await page.clock.setFixedTime('2026-03-10T12:01:00Z')
    await lookAgain(page)
    await page.getByText('reconnecting').waitFor()
    await page
      .getByText(/^As of 12:00|^As of \d\d:00/)
      .first()
      .waitFor()
    expect(await total.isVisible()).toBe(true)
    expect(Number(await page.evaluate(OPACITY_OF_STALE))).toBeLessThan(1)
    await page.unroute('**/api/**')
    await lookAgain(page)
    await page.getByText('reconnecting').waitFor({ state: 'detached' })
    await page.context().close()
  })

  it.each(isLong ? [320, 390, 768] : [320])(
    'needs no horizontal scrolling at %i px',
    async (width) => {
      const { open, go } = opened()
      const { page } = await open()
      await page.setViewportSize({ width, height: 844 })
      for (const path of isLong ? [...SCREENS, ...MORE_SCREENS] : SCREENS) {
        await go(path, page)
        expect(await overOf(page), path).toBeLessThanOrEqual(0)
      }
      await page.context().close()
    },
  )
})
