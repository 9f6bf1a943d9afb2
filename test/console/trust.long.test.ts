import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { SLOW } from '../cli/run-command.ts'
import { BY_SECRET, goodToken } from '../http/authentication/bad-tokens.ts'
import { isLong } from '../setup/form.ts'
import { withoutGuards } from '../storage/audit-chains.ts'
import { browserPath } from './browser.ts'
import { openConsole } from './open-console.ts'

/** Malicious names: each would run code or change the page if rendered as markup. */
const EVIL = [
  `<img src=x onerror="window.hurt=1">`,
  `"><script>window.hurt=1</script>`,
  `javascript:window.hurt=1//`,
  `{{constructor.constructor('window.hurt=1')()}}`,
]
const NAME = EVIL.join(' ')
const REASON = `</td><svg onload="window.hurt=1">`

/** The short form tests every second case, because each takes half a second. */
const byForm = <Case>(cases: readonly Case[]): readonly Case[] =>
  cases.filter((_, place) => isLong || place % 2 === 0)

const id = 'evil'
const of = `/customers/${id}`

describe.skipIf(browserPath === undefined)('the console', SLOW, () => {
  const opened = openConsole({
    at: '2026-03-10T12:00:00Z',
    prepare: async ({ tollgate }) => {
      const about = { organizationId: id }
      await tollgate.organizations.create({ id, name: NAME, plan: 'ai-workspace/starter' })
      await tollgate.organizations.create({ id: 'other', name: 'Other', plan: 'ai-workspace/free' })
      await tollgate.apiKeys.create({ ...about, name: NAME })
      await tollgate.members.add({ ...about, userId: 'ada', role: 'owner', name: NAME })
      await tollgate.members.add({ ...about, userId: 'theo', role: 'member', name: 'Theo' })
      await tollgate.serviceKeys.create({ name: NAME, scopes: ['usage.read'] })
      await tollgate.adminKeys.create({ name: NAME })
      await tollgate.grants.create({ ...about, id: 'g', credits: 5, reason: REASON })
      await tollgate.limits.override({
        ...about,
        meter: 'ai_calls',
        window: 'day',
        max: 1,
        behavior: 'hard',
        reason: REASON,
      })
      const url = 'https://example.com/hooks/<b>hurt</b>'
      await tollgate.webhooks.create({ ...about, url, description: NAME })
      await tollgate.platformWebhooks.create({ url, description: NAME })
      const call = {
        ...about,
        eventType: 'structuring_diagnose',
        userId: EVIL[0],
        model: EVIL[0],
        properties: { note: NAME },
      }
      for (let made = 0; made < 3; made += 1) await tollgate.track(call)
    },
  })

  /** Screens with user-defined names, and a text that each must show. */
  const SCREENS: readonly (readonly [path: string, seen: string])[] = [
    ['/', NAME],
    ['/customers', NAME],
    [of, NAME],
    [`${of}/usage`, NAME],
    [`${of}/events`, EVIL[0] as string],
    [`${of}/limits`, REASON],
    [`${of}/credits`, REASON],
    [`${of}/billing`, NAME],
    [`${of}/access`, NAME],
    [`${of}/audit`, NAME],
    [`${of}/webhooks`, NAME],
    ['/revenue', NAME],
    ['/webhooks', NAME],
    ['/customers/evil/alerts', NAME],
    ['/settings', NAME],
    ['/audit', ''],
    ['/usage', ''],
  ]

  it.each(byForm(SCREENS))('renders malicious names on %s only as text', async (path, seen) => {
    const { page, go, faults } = opened()
    await go(path)
    if (seen !== '') await page.getByText(seen).first().waitFor()
    expect(await page.evaluate('window.hurt')).toBeUndefined()
    expect(await page.locator('main img, main script, main [onload], main [onerror]').count()).toBe(
      0,
    )
    expect(faults).toEqual([])
  })

  /** Every dialog, with the button that opens it. */
  const DIALOGS: readonly (readonly [path: string, button: string])[] = [
    ['/customers', 'Create customer'],
    [of, 'Try a call'],
    [of, 'Give credits'],
    [of, 'Change plan'],
    [of, 'More'],
    [`${of}/limits`, 'Override'],
    [`${of}/limits`, 'Set another limit'],
    [`${of}/credits`, 'Set top-up'],
    [`${of}/access`, 'Create API key'],
    [`${of}/access`, 'Revoke'],
    [`${of}/access`, 'Add member'],
    [`${of}/webhooks`, 'Add endpoint'],
    ['/webhooks', 'Add endpoint'],
    [`${of}/alerts`, 'Add rule'],
    [`${of}/alerts`, 'Add channel'],
    ['/workflows', 'Start a run'],
    ['/settings', 'Create service key'],
    ['/settings', 'Create admin key'],
    ['/', 'Go to a customer or a page'],
  ]

  it('opens dialogs under its content policy, and Escape restores the focus', async () => {
    const { page, go, faults } = opened()
    let at = ''
    for (const [path, name] of byForm(DIALOGS)) {
      if (path !== at) await go(path)
      at = path
      const button = page.getByRole('button', { name }).first()
      await button.click()
      await page.getByRole('dialog').waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      const focused = await page.evaluate('document.activeElement?.textContent ?? ""')
      expect(focused, `after ${name}`).toContain(name)
    }
    expect(await page.evaluate('window.hurt')).toBeUndefined()
    expect(faults).toEqual([])
  })

  const tabs = (page: Page) =>
    page.getByRole('navigation', { name: 'Of this customer' }).getByRole('link').allTextContents()

  it('shows a member only their organization, within their rights', async () => {
    const { open, go, url } = opened()
    const { page, faults } = await open({ credential: goodToken(BY_SECRET, { sub: 'theo' }) })
    await go('/', page)
    await page.getByRole('navigation', { name: 'Of this customer' }).waitFor()
    expect(new URL(page.url()).pathname).toBe(`/console${of}`)
    const places = page.getByRole('navigation', { name: 'Console' }).getByRole('link')
    expect((await places.allTextContents()).slice(1)).toEqual(['Home', 'Settings'])
    expect(await tabs(page)).toEqual([
      ...['Summary', 'Usage', 'Events', 'Limits', 'Credits', 'Access'],
    ])
    for (const name of ['Give credits', 'Change plan', 'More']) {
      expect(await page.getByRole('button', { name }).count()).toBe(0)
    }
    for (const path of ['/usage', '/events', '/limits', '/credits', '/access']) {
      await go(of + path, page)
      expect(await page.getByText('Not allowed here').count(), path).toBe(0)
    }
    expect(await page.getByRole('button', { name: 'Add member' }).count()).toBe(0)
    expect(faults).toEqual([])
    await page.goto(`${url}/console/customers/other`)
    await page.getByText('No customer has the id “other”').waitFor()
    expect(await page.getByText('Other', { exact: true }).count()).toBe(0)
    await page.context().close()
  })

  it('lets an owner act within the owner’s rights', async () => {
    const { open, go, tollgate } = opened()
    const { page, faults } = await open({ credential: goodToken(BY_SECRET, { sub: 'ada' }) })
    await go(`${of}/access`, page)
    expect(await tabs(page)).toEqual(expect.arrayContaining(['Billing', 'Alerts']))
    await go(`${of}/alerts`, page)
    await page.getByRole('button', { name: 'Add rule' }).waitFor()
    await page.getByRole('heading', { name: 'Channels' }).waitFor()
    expect(await page.getByText('Not allowed here').count()).toBe(0)
    await go(`${of}/access`, page)
    await page.getByRole('combobox', { name: 'Role of theo' }).selectOption('viewer')
    await expect
      .poll(async () => (await tollgate.members.list({ organizationId: id })).items)
      .toContainEqual(expect.objectContaining({ userId: 'theo', role: 'viewer' }))
    await go(`${of}/billing`, page)
    expect(await page.getByRole('heading', { name: 'Margin by period' }).count()).toBe(0)
    expect(faults).toEqual([])
    await page.context().close()
  })

  it('verifies every audit chain, and names a row that was tampered with', async () => {
    const { page, go, db } = opened()
    await go('/audit')
    await page.getByRole('button', { name: 'Verify every chain' }).click()
    await page.getByText(/^Whole: /).waitFor()
    await withoutGuards(db)
    await db.query(
      `update tollgate.audit_events set entry = replace(entry, '"limit.overridden"', '"limit.agreed"')
       where organization_id = $1 and entry like '%limit.overridden%'`,
      [id],
    )
    const [{ sequence } = { sequence: 0 }] = await db.query<{ sequence: number }>(
      `select sequence::int from tollgate.audit_events
       where organization_id = $1 and entry like '%limit.agreed%'`,
      [id],
    )
    await page.getByRole('button', { name: 'Verify every chain' }).click()
    await page.getByText(/^Not whole: /).waitFor()
    await page.getByText(`${id} #${sequence}:`).first().waitFor()
    const row = page.getByRole('row').filter({ hasText: id })
    await row.getByText(`fault at #${sequence}`).waitFor()
    const other = page.getByRole('row').filter({ hasText: 'other' })
    await other.getByText('whole').waitFor()
  })
})
