import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runningBins } from '../cli/run-bin.ts'
import { printedBy, SLOW } from '../cli/run-command.ts'
import { isLong } from '../setup/form.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { browserPath, openBrowser, settled, type Watched, watchedPage } from './browser.ts'

const data = join(temporaryFolders()(), 'data')
const startBin = runningBins()

/** The heading of each screen after its data have loaded. */
const SCREENS: readonly (readonly [path: string, heading: RegExp])[] = [
  ['/', /^Calls by day$/],
  ['/customers', /^All customers$/],
  ['/customers/northlight', /^Credits through the period$/],
  ['/customers/northlight/usage', /^Breakdown$/],
  ['/customers/northlight/events', /^Events$/],
  ['/customers/northlight/limits', /^Limits in force$/],
  ['/customers/northlight/credits', /^Journal$/],
  ['/customers/northlight/billing', /^Next invoice$/],
  ['/customers/northlight/access', /^API keys$/],
  ['/customers/northlight/audit', /^Entries$/],
  ['/usage', /^Top customers$/],
  ['/revenue', /^Margin by customer$/],
  ['/catalog', /^Plans, side by side$/],
  ['/catalog/ai-workspace/edit', /^A call of your own$/],
  ['/simulator?organization=northlight&plan=ai-workspace%2Fstarter', /^One customer on another/],
  ['/audit', /^Entries$/],
  ['/jobs', /^Every job$/],
  ['/alerts', /^Open now$/],
  ['/customers/northlight/alerts', /^Rules$/],
  ['/workflows', /^Runs$/],
  ['/webhooks', /^Endpoints$/],
  ['/customers/northlight/webhooks', /^Endpoints$/],
  ['/first-steps', /^First steps$/],
  ['/settings', /^This browser$/],
]

/** The short form opens every second screen, because each takes half a second. */
const SEEN = SCREENS.filter((_, index) => isLong || index % 2 === 0)
/** And it inspects one screen of each kind, because an inspection takes a second. */
const KINDS = ['/customers/northlight', '/customers/northlight/limits']
const LOOKED_INTO = SCREENS.filter(([path]) => isLong || KINDS.includes(path))

describe.skipIf(browserPath === undefined)('the console', SLOW, () => {
  let url: string
  let key: string
  let browser: Browser
  let watched: Watched
  let page: Page

  beforeAll(async () => {
    // Creates a demo of one month in advance; filling it at the start would take longer.
    await printedBy(['demo', '--data', data, '--days', '31'])
    const server = await startBin(['--data', data, '--demo'])
    url = server.url
    key = (await readFile(join(data, 'admin-key'), 'utf8')).trim()
    browser = await openBrowser()
    watched = await watchedPage(browser)
    page = watched.page
  }, SLOW.timeout)
  afterAll(() => browser?.close())

  const track = async (call: object): Promise<{ allowed: boolean; credits: number }> => {
    const answer = await fetch(`${url}/api/usage/track`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(call),
    })
    return answer.json() as Promise<{ allowed: boolean; credits: number }>
  }
  const see = (name: RegExp) => page.getByRole('heading', { name }).first().waitFor()

  it('refuses a wrong key with a message, and accepts the right one', async () => {
    await page.goto(`${url}/console`)
    await page.getByLabel('Admin key').fill('no such key')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').filter({ hasText: 'This key or token is not valid' }).waitFor()
    await page.getByLabel('Admin key').fill(key)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await see(/^Overview$/)
    // The browser itself logs each 401 response.
    watched.faults.length = 0
  })

  it.each(SEEN)('shows %s without a policy violation or an error', async (path, heading) => {
    await page.goto(`${url}/console${path}`)
    await see(heading)
    await settled(page)
    expect(watched.faults).toEqual([])
  })

  it.each(LOOKED_INTO)('has no serious accessibility violation on %s', async (path, heading) => {
    await page.goto(`${url}/console${path}`)
    await see(heading)
    await settled(page)
    const { violations } = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
      .analyze()
    const grave = violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
    expect(grave).toEqual([])
  })

  it('explains a refused call, and allows it after an override', async () => {
    const call = {
      organizationId: 'quillmark',
      eventType: 'chat_message',
      quantities: { tokens: 9_900 },
    }
    // Shortly after midnight the demo has used nothing of the day yet.
    await track(call)
    expect((await track(call)).allowed).toBe(false)
    await page.goto(`${url}/console/customers/quillmark`)
    await page.getByRole('link', { name: 'A quota was used up' }).first().click()
    await page.getByText('Refused: a quota was used up').waitFor()
    await page.getByRole('button', { name: 'Override' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Reason').fill('A busy week')
    // Invalid text would be sent as `null`, which means unlimited.
    await dialog.getByLabel('Maximum').fill('5o000')
    await dialog.getByText('must be a number').waitFor()
    expect(await dialog.getByRole('button', { name: 'Set the limit' }).isDisabled()).toBe(true)
    await dialog.getByLabel('Maximum').fill('50000')
    await dialog.getByRole('button', { name: 'Set the limit' }).click()
    await page.getByText('tokens a day: 50,000, from now on.').waitFor()
    expect((await track(call)).allowed).toBe(true)
  })

  it('prices the next call as previewed in the editor', async () => {
    const call = {
      organizationId: 'northlight',
      eventType: 'structuring_diagnose',
      properties: { complexity: 2, echo: true, traceback: true },
    }
    expect((await track(call)).credits).toBe(28)
    await page.goto(`${url}/console/catalog/ai-workspace/edit?eventType=structuring_diagnose`)
    await page.getByLabel('Base credits').fill('12.5')
    await page.getByText('credits, now 28').waitFor()
    await page.getByText('eventTypes.structuring_diagnose.baseCredits').waitFor()
    await page.getByRole('button', { name: 'Publish' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Prices change').fill('ai-workspace')
    await dialog.getByRole('button', { name: 'Put it in force' }).click()
    await page.getByText('v2 of ai-workspace is in force.').waitFor()
    expect((await track(call)).credits).toBe(33)
    expect(watched.faults).toEqual([])
  })
})
