import { describe, expect, it } from 'vitest'
import { SLOW } from '../cli/run-command.ts'
import { isLong } from '../setup/form.ts'
import { browserPath } from './browser.ts'
import { openConsole } from './open-console.ts'

const BERLIN = 'Europe/Berlin'
/** The test is the same at each size; more pages only take longer to read. */
const CUSTOMERS = isLong ? 10_000 : 1_000
/** UTC+14, UTC, a half-hour offset, a negative offset, and zones with daylight saving time. */
const ZONES: readonly (readonly [timezone: string, zone: string])[] = [
  [BERLIN, 'yours'],
  ['Pacific/Kiritimati', 'yours'],
  ['UTC', 'utc'],
  ['Asia/Kolkata', 'yours'],
  ['America/Los_Angeles', 'yours'],
]
const SHOWN_ZONES = isLong ? ZONES : ZONES.slice(0, 2)
/** A history page has 100 rows. Scrolling loads 2,000 rows before a button appears. */
const EVENTS = isLong ? 2_100 : 450
const call = { organizationId: 'acme', eventType: 'api-platform/api_call' }

describe.skipIf(browserPath === undefined)('the console', SLOW, () => {
  const opened = openConsole({
    // The Monday after Berlin's clocks went back.
    at: '2026-10-26T09:00:00Z',
    prepare: async ({ tollgate, db }) => {
      await tollgate.organizations.create({
        id: 'acme',
        name: 'Acme',
        plan: 'api-platform/pro',
        startsAt: '2026-02-05T00:00:00Z',
      })
      await tollgate.record(
        [
          // The last minutes of Saturday in Berlin, and the first of a Sunday of 25 hours.
          ...['2026-10-24T21:50:00Z', '2026-10-24T22:10:00Z', '2026-10-25T00:30:00Z'],
          ...['2026-10-25T01:30:00Z', '2026-10-25T22:50:00Z', '2026-10-25T23:10:00Z'],
          // The spring day of 23 hours.
          ...['2026-03-28T22:50:00Z', '2026-03-28T23:10:00Z', '2026-03-29T21:50:00Z'],
          ...['2026-03-29T22:10:00Z'],
        ].map((timestamp) => ({ ...call, timestamp, backfill: true })),
      )
      const of = { plan: 'api-platform/pro', startsAt: '2026-02-05T00:00:00Z' }
      await tollgate.organizations.create({ id: 'busy', name: 'Busy', ...of })
      const many = Array.from({ length: EVENTS }, (_, second) => ({
        ...call,
        organizationId: 'busy',
        timestamp: new Date(Date.UTC(2026, 9, 25, 1, 0, second)).toISOString(),
      }))
      for (let at = 0; at < EVENTS; at += 500) {
        const { rejected } = await tollgate.record(many.slice(at, at + 500))
        expect(rejected).toEqual([])
      }
      await db.query(
        `insert into tollgate.organizations
         select (jsonb_populate_record(o, jsonb_build_object('id', 'many-' || lpad(n::text, 5, '0'), 'name', 'Customer ' || n))).*
         from tollgate.organizations o, generate_series(1, $1) n where o.id = 'acme'`,
        [CUSTOMERS],
      )
    },
  })

  it.each(SHOWN_ZONES)(
    'shows the API’s days in %s, across both clock changes',
    async (timezone, zone) => {
      const { tollgate, open, go } = opened()
      const { page, faults } = await open({ timezoneId: timezone })
      await go(`/customers/acme/usage?days=365&zone=${zone}`, page)
      const chart = page.locator('section', { has: page.getByRole('heading', { name: 'By day' }) })
      await chart.getByRole('button', { name: 'Table' }).click()
      const cells = await chart
        .locator('tbody tr')
        .evaluateAll((rows) =>
          rows.map((row) => [...row.children].map((cell) => cell.textContent ?? '')),
        )
      const { days, total } = await tollgate.usage.daily({
        organizationId: 'acme',
        days: 365,
        timezone,
      })
      expect(cells).toHaveLength(days.length)
      const used = days.flatMap(({ date, hours, events }, index) =>
        events === 0 ? [] : [{ date, hours, events, cells: cells[index] }],
      )
      expect(used.reduce((sum, { events }) => sum + events, 0)).toBe(total.events)
      for (const { date, hours, events, cells } of used) {
        const day = new Date(`${date}T12:00:00Z`)
        expect(cells?.[0]).toContain(`${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]}`)
        expect(/\(\d+ h\)/.test(cells?.[0] ?? '')).toBe(hours !== 24)
        expect(cells?.slice(1).join(' ')).toContain(String(events))
      }
      if (timezone === BERLIN) {
        expect(
          used.filter(({ hours }) => hours !== 24).map(({ date, hours }) => [date, hours]),
        ).toEqual([
          ['2026-03-29', 23],
          ['2026-10-25', 25],
        ])
        await chart.getByText('(25 h)').first().waitFor()
      }
      expect(faults).toEqual([])
      await page.context().close()
    },
  )

  it('renders one page of thousands of customers, and finds the last one', async () => {
    const { page, go, faults } = opened()
    await go('/customers?sort=name')
    await page.getByText(`${(CUSTOMERS + 2).toLocaleString('en-US')} customers`).waitFor()
    const nodes = () => page.evaluate('document.querySelectorAll("*").length') as Promise<number>
    const rows = page.locator('main tbody tr')
    const atFirst = await nodes()
    const seen = new Set<string>()
    for (let turn = 0; turn < 4; turn += 1) {
      expect(await rows.count()).toBe(50)
      const first = (await rows.first().textContent()) ?? ''
      expect(seen.has(first)).toBe(false)
      seen.add(first)
      await page.mouse.wheel(0, 20_000)
      await page.getByRole('button', { name: 'Next 50' }).click()
      await rows.first().filter({ hasNotText: first }).waitFor()
    }
    expect(await nodes()).toBeLessThan(atFirst + 200)
    await page.keyboard.press('/')
    await page.keyboard.type(`many-${String(CUSTOMERS).padStart(5, '0')}`)
    await rows.filter({ hasText: `Customer ${CUSTOMERS}` }).waitFor()
    expect(await rows.count()).toBe(1)
    expect(faults).toEqual([])
  })

  it('loads a history while scrolling, renders only nearby rows, and loses none', async () => {
    const { page, go, faults } = opened()
    await go('/customers/busy/events')
    const parts = page.locator('main tbody')
    const count = (selector: string) => page.locator(`main tbody ${selector}`).count()
    const height = () => page.evaluate('document.documentElement.scrollHeight') as Promise<number>
    const newest = (await parts.first().locator('tr').first().textContent()) ?? ''
    const goOn = page.getByRole('button', { name: 'Load more' })
    const rows = Math.min(EVENTS, 2_000)
    await page.mouse.move(700, 500)
    while ((await parts.count()) < rows / 15) {
      await page.mouse.wheel(0, 1_500)
      await page.waitForTimeout(20)
    }
    await page.mouse.wheel(0, 100_000)
    await page.locator('tr[data-gap]').first().waitFor({ state: 'attached' })
    expect(await count('tr:not([data-gap])')).toBeLessThan(200)
    await page.mouse.wheel(0, -200_000)
    await parts.first().locator('tr').first().filter({ hasText: newest }).waitFor()
    // A row that was not rendered yet has an estimated height.
    expect(await height()).toBeGreaterThan(rows * 30)
    if (isLong) {
      await page.mouse.wheel(0, 200_000)
      await goOn.click()
      await page.getByRole('button', { name: 'Newest' }).waitFor()
      await parts.nth(6).waitFor({ state: 'attached' })
    }
    expect(faults).toEqual([])
  })
})

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
