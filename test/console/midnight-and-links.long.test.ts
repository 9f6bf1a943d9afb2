import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { compactOf, dayText, money, rounded, UTC } from '../../src/react/format/index.ts'
import { SLOW } from '../cli/run-command.ts'
import { isLong } from '../setup/form.ts'
import { browserPath, settled } from './browser.ts'
import { openConsole } from './open-console.ts'

const DAY_MS = 86_400_000
/** The customers' first billing periods are running, and end before the operator signs in. */
const MADE = '2026-01-20T00:00:00Z'
/** The 31st day of a billing period, and another date in half of the zones. */
const AT = '2026-03-31T10:30:00Z'
/** The zone, its local time, and its date. */
const ZONES = [
  ['Pacific/Kiritimati', '00:30', 'Wed 1 Apr 2026'],
  ['Pacific/Tongatapu', '23:30', 'Tue 31 Mar 2026'],
  ['Pacific/Honolulu', '00:30', 'Tue 31 Mar 2026'],
  ['Pacific/Pago_Pago', '23:30', 'Mon 30 Mar 2026'],
] as const
const SHOWN_ZONES = isLong ? ZONES : ZONES.slice(0, 2)
const PLAN = 'ai-workspace/professional'
const LONG_TEXT = 1_000_000

/** What somebody selects on a screen before copying its address. */
const VIEWS: readonly (readonly [
  view: string,
  path: string,
  choose: (page: Page) => Promise<unknown>,
])[] = [
  [
    'a search and an order of customers',
    '/customers',
    async (page) => {
      await page.getByLabel('Find').fill('cap')
      await page.getByRole('link', { name: 'Acme' }).waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'Calls' }).click()
      await page.getByLabel('Status').selectOption('reached')
    },
  ],
  [
    'a range and a breakdown of usage, in a zone',
    '/customers/acme/usage',
    async (page) => {
      await page.getByLabel('Range', { exact: true }).selectOption({ label: 'last 7 days' })
      await page.getByLabel('Group by').selectOption({ label: 'user' })
      await page.getByLabel('Time zone').selectOption('yours')
    },
  ],
  [
    'a filter and an open event',
    '/customers/acme/events',
    async (page) => {
      await page.getByLabel('User').fill('theo')
      await page.keyboard.press('Enter')
      await page.waitForURL(/userId=theo/)
      await page.getByRole('cell', { name: 'ada' }).first().waitFor({ state: 'detached' })
      await page.locator('main tbody tr').nth(3).getByRole('button').click()
    },
  ],
  [
    'a category and an open audit entry',
    '/customers/capped/audit',
    async (page) => {
      await page.getByLabel('Category').selectOption('limits')
      await page.waitForURL(/category=limits/)
      await settled(page)
      await page.locator('main tbody tr').first().getByRole('button').click()
    },
  ],
  [
    'an open invoice',
    '/customers/acme/billing',
    (page) => page.getByRole('button', { name: '1 Jan to 31 Jan 2026' }).click(),
  ],
  [
    'a tab of another catalog',
    '/catalog',
    async (page) => {
      await page.getByLabel('Catalog', { exact: true }).selectOption('rag-chatbot')
      await page.getByRole('link', { name: 'Event types' }).click()
      await page.waitForURL(/part=event-types/)
    },
  ],
  [
    'a part of the editor',
    '/catalog/ai-workspace/edit',
    (page) => page.getByRole('button', { name: 'Professional' }).click(),
  ],
  [
    'a customer and a plan in the simulator',
    '/simulator',
    async (page) => {
      await page.getByLabel('Customer', { exact: true }).selectOption('acme')
      await page.getByLabel('Plan', { exact: true }).first().selectOption({ index: 2 })
      await page.getByLabel('Plan', { exact: true }).last().selectOption(PLAN)
    },
  ],
  [
    'a severity of alerts',
    '/alerts',
    (page) => page.getByLabel('Severity').selectOption('critical'),
  ],
]
/** Each opens in the same way; the others differ only in their screen. */
const SHOWN_VIEWS = isLong
  ? VIEWS
  : VIEWS.filter(([, path]) => /events|audit|usage|simulator/.test(path))

describe.skipIf(browserPath === undefined)('the console', SLOW, () => {
  const opened = openConsole({
    at: MADE,
    prepare: async ({ tollgate, clock }) => {
      const acme = { id: 'acme', name: 'Acme', plan: PLAN, startsAt: '2026-01-01T00:00:00Z' }
      await tollgate.organizations.create(acme)
      // Its period began eleven days ago, so that there is something to expect.
      const capped = { id: 'capped', name: 'Capped', plan: PLAN, startsAt: '2026-01-20T00:00:00Z' }
      await tollgate.organizations.create(capped)
      await clock.set(AT)
      const eventType = 'structuring_diagnose'
      const noonOf = (day: number) => new Date(Date.UTC(2026, 0, 20 + day, 12)).toISOString()
      for (const organizationId of ['acme', 'capped']) {
        const days = Array.from({ length: 70 }, (_, day) => noonOf(day))
        // The last two are before and after midnight in Kiritimati.
        for (const timestamp of [...days, '2026-03-31T09:45:00Z', '2026-03-31T10:15:00Z']) {
          const userId = timestamp > '2026-03-31' ? 'ada' : 'theo'
          const call = { organizationId, eventType, timestamp, userId, backfill: true }
          const properties = { complexity: 1, note: '<img src=x onerror=alert(1)>' }
          expect((await tollgate.record([{ ...call, properties }])).rejected).toEqual([])
        }
      }
      const set = { organizationId: 'capped', window: 'period', reason: 'to see it' } as const
      await tollgate.limits.override({
        ...set,
        meter: 'credits',
        max: 100,
        behavior: 'overage',
        cap: 200,
      })
      await tollgate.limits.override({ ...set, meter: 'ai_calls', max: 25, behavior: 'hard' })
      await tollgate.admin.closePeriods()
    },
  })

  describe.each(SHOWN_ZONES)('in %s, at %s', (timezoneId, time, today) => {
    it('ends its charts with the day that is today there, marked as unfinished', async () => {
      const { tollgate, open, go } = opened()
      const { page, faults } = await open({ timezoneId })
      await go('/customers/acme/usage?days=7&zone=yours', page)
      const rows = await tableOf(page, 'By day')
      const asked = { organizationId: 'acme', days: 7, timezone: timezoneId }
      const { days } = await tollgate.usage.daily(asked)
      expect(rows.map(([, calls]) => Number(calls))).toEqual(days.map(({ events }) => events))
      expect(rows.at(-1)?.[0]).toBe(`${today} (so far)`)
      expect(rows.slice(0, -1).join()).not.toContain('so far')
      expect(days.map(({ date }) => dayText(`${date}T12:00:00Z`, UTC))).toEqual(
        rows.map(([day]) => day?.replace(/^\w+ | 2026.*$/g, '')),
      )
      await go('/customers/acme/events?zone=yours', page)
      const newest = page.locator('main tbody tr').first()
      expect(await newest.textContent()).toContain(
        `${today.slice(4)}, ${time.replace('30', '15')}:00`,
      )
      expect(faults).toEqual([])
      await page.context().close()
    })

    it('shows billing periods and their use by UTC day, with the same totals', async () => {
      const { tollgate, open, go } = opened()
      const { page } = await open({ timezoneId })
      await go('/customers/acme?zone=yours', page)
      const { dashboard } = await tollgate.usage.dashboard({ organizationId: 'acme' })
      await page.getByText('1 Mar to 31 Mar 2026 UTC').waitFor()
      await page.getByText('1 day left').waitFor()
      const rows = await tableOf(page, 'Credits through the period')
      const { soFar } = dashboard.analytics.forecast.credits
      expect(rows).toHaveLength(31)
      expect(rows.at(-1)).toEqual(['Tue 31 Mar 2026 (so far)', rounded(soFar, 2)])
      // The first day of 31 counts too.
      expect(rows[0]).toEqual(['Sun 1 Mar 2026', '10'])
      await page.context().close()
    })
  })

  it('shows a limit’s cap, its projection and the projection within the cap together', async () => {
    const { tollgate, page, go } = opened()
    const of = { organizationId: 'capped' }
    const [{ dashboard }, overage] = await Promise.all([
      tollgate.usage.dashboard(of),
      tollgate.usage.overage(of),
    ])
    const credits = dashboard.limits.find(({ limit }) => limit === 'credits/period')
    const billed = overage.limits.find(({ limit }) => limit === 'credits/period')
    const expected = credits?.outlook?.expected ?? 0
    const charge = billed?.projected?.amountUsd ?? ''
    // The customer is expected to pass the cap, and no more than up to the cap is charged.
    expect(expected).toBeGreaterThan(200)
    expect(Number(charge)).toBeCloseTo(100 * Number(billed?.unitPriceUsd), 9)
    await go('/customers/capped/limits')
    const row = page.getByRole('row').filter({ hasText: 'Credits a billing period' })
    await row.getByText('expected by').waitFor()
    const text = (await row.textContent()) ?? ''
    for (const part of [
      '130 of 100',
      `${compactOf('credits', expected)} expected by 19 Apr`,
      'bills overage',
      'up to 200',
      `${money(charge)} expected`,
    ]) {
      expect(text).toContain(part)
    }
    const hard = page.getByRole('row').filter({ hasText: 'AI calls a billing period' })
    const { runsOutAt } = dashboard.limits.find(({ limit }) => limit === 'ai_calls/period') ?? {}
    expect(await hard.textContent()).toContain(
      `refusesexpected from ${dayText(runsOutAt ?? '', UTC)}`,
    )
  })

  it.each(SHOWN_VIEWS)('opens a copied link of %s with the same view', async (_, path, choose) => {
    const { page, go } = opened()
    await go(path)
    const before = page.url()
    await choose(page)
    await settled(page)
    await page.waitForLoadState('networkidle')
    expect(page.url()).not.toBe(before)
    const tab = await page.context().newPage()
    await tab.clock.setFixedTime(AT)
    await tab.goto(page.url())
    await tab.locator('main h1, main h2').first().waitFor()
    await settled(tab)
    await expect.poll(() => shownOn(tab)).toEqual(await shownOn(page))
    await tab.close()
  })

  it('opens a copied link of an event and of an audit entry after many newer ones', async () => {
    const { tollgate, page, go } = opened()
    const links: string[] = []
    for (const path of ['/customers/acme/events', '/customers/acme/audit']) {
      await go(path)
      await page.locator('main tbody tr').first().getByRole('button').click()
      await page.getByRole('dialog').waitFor()
      links.push(page.url())
    }
    const newer = Array.from({ length: 120 }, (_, second) => ({
      organizationId: 'acme',
      eventType: 'chat_message',
      timestamp: new Date(Date.parse(AT) - DAY_MS / 1_440 + second).toISOString(),
    }))
    expect((await tollgate.record(newer)).rejected).toEqual([])
    for (let act = 0; act < 60; act += 1) {
      const subject = `page:${act}`
      await tollgate.audit.append({
        organizationId: 'acme',
        category: 'knowledge_base',
        action: 'page.changed',
        subject,
      })
    }
    const [event = '', entry = ''] = links
    await page.goto(event)
    const sheet = page.getByRole('dialog')
    await sheet.getByText('31 Mar 2026, 10:15:00').waitFor()
    await page.goto(entry)
    await sheet.getByText('of acme').waitFor()
    await sheet.getByRole('button', { name: 'Close' }).click()
    await page.waitForURL((url) => !url.search.includes('open'))
  })

  it('says once that a link leads to nothing, and how to go on', async () => {
    const { open, go } = opened()
    const { page } = await open()
    await go('/customers/nobody', page)
    await page.getByText('No customer has the id “nobody”').waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
    await page.locator('main').getByRole('link', { name: 'All customers' }).click()
    await page.getByRole('link', { name: 'Acme' }).click()
    await page.getByRole('heading', { name: 'Acme' }).waitFor()
    await page.goto(
      page.url().replace(/customers.*/, 'workflows/01a00000-0000-7000-8000-000000000000'),
    )
    await page.getByRole('alert').getByText('Not found').waitFor()
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0)
    // A range that is not offered is dropped.
    await go('/customers/acme/usage?days=100000', page)
    expect(await page.getByLabel('Range', { exact: true }).inputValue()).toBe('30')
    await page.context().close()
  })

  it('shows the properties of an event as text, and a long one on demand and bounded', async () => {
    const { page, go, faults } = opened()
    const row = page.locator('main tbody tr').first()
    const properties = page.getByRole('dialog').getByRole('region', { name: 'Properties' })
    await go('/customers/acme/events?userId=ada')
    await row.getByRole('button').click()
    expect(await properties.textContent()).toContain('<img src=x')
    const history = '**/usage/history?*'
    await page.route(history, async (route) => {
      const answer = await route.fetch()
      const body = await answer.json()
      body.events[0].properties = { note: 'x'.repeat(LONG_TEXT) }
      await route.fulfill({ response: answer, json: body })
    })
    await go('/customers/acme/events?userId=theo')
    await row.getByRole('button').click()
    const show = page.getByRole('button', { name: /^Show properties, 1,000,\d+ characters$/ })
    await show.waitFor()
    expect(await properties.count()).toBe(0)
    await show.click()
    expect((await properties.textContent())?.length).toBe(20_000)
    await page.getByText(/^The first 20,000 of 1,000,\d+ characters\./).waitFor()
    expect((await properties.boundingBox())?.height).toBeLessThan(0.7 * 900)
    await page.unroute(history)
    expect(faults).toEqual([])
  })

  it('shows an audit entry’s long value on demand', async () => {
    const { tollgate, page, go } = opened()
    const note = 'y'.repeat(10_000)
    await tollgate.audit.append({
      organizationId: 'capped',
      category: 'knowledge_base',
      action: 'page.rewritten',
      subject: 'page:1',
      old: { note, title: 'One' },
      new: { note: `${note}z`, title: 'Two' },
    })
    await go('/customers/capped/audit')
    await page.locator('main tbody tr').first().getByRole('button').click()
    const sheet = page.getByRole('dialog')
    await sheet.getByRole('cell', { name: 'Two' }).waitFor()
    expect(await sheet.textContent()).not.toContain('yyy')
    await sheet.getByRole('button', { name: 'Show note after, 10,001 characters' }).click()
    expect(await sheet.getByRole('region', { name: 'note after' }).textContent()).toBe(`${note}z`)
  })
})

/** The cells of a chart's table. */
const tableOf = async (page: Page, heading: string): Promise<string[][]> => {
  const panel = page.locator('section', { has: page.getByRole('heading', { name: heading }) })
  await panel.getByRole('button', { name: 'Table' }).click()
  return panel
    .locator('tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) => [...row.children].map((cell) => cell.textContent ?? '')),
    )
}

/** The texts of the screen and of an open panel. The marker of the live connection comes later. */
const shownOn = async (page: Page): Promise<string> => {
  const texts = await page.locator('main, dialog[open]').allInnerTexts()
  return texts.join('\n').replace(/^live\n/m, '')
}
