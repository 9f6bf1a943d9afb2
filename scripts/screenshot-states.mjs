// Screenshots of screens that are empty, loading, failing or stale. They are for viewing, as all of
// `npm run screenshots`: nothing is compared.
import { join } from 'node:path'

const SCREENS = {
  overview: '/',
  customers: '/customers',
  summary: '/customers/northlight',
  usage: '/customers/northlight/usage',
  events: '/customers/northlight/events',
  billing: '/customers/northlight/billing',
  revenue: '/revenue',
  audit: '/audit',
}
const DESK = { width: 1440, height: 900 }
/** The time after which a pending request shows its skeleton. */
const SKELETON_MS = 1_500
const SETTLED_MS = 500

/** The screens of a new customer, with a name of maximum length. */
const EMPTY = {
  'empty-summary': '/customers/newcomer',
  'empty-usage': '/customers/newcomer/usage',
  'empty-events': '/customers/newcomer/events',
  'empty-limits': '/customers/newcomer/limits',
  'empty-credits': '/customers/newcomer/credits',
  'empty-billing': '/customers/newcomer/billing',
  'empty-access': '/customers/newcomer/access',
  'empty-audit': '/customers/newcomer/audit',
  'empty-filter': '/customers?search=nobody-is-called-so',
}

const problem = {
  type: 'about:blank',
  title: 'The store cannot be reached',
  status: 503,
  detail: 'The store cannot be reached; nothing was changed.',
  code: 'unavailable',
  requestId: '01a227e0-3494-75cd-8228-61f88403c2ea',
}

/** Every API request except the session. */
const OF_FIGURES = (url) => url.pathname.startsWith('/api/') && !url.pathname.endsWith('/session')

const signedIn = async (browser, { url, key }, viewport, colorScheme = 'light') => {
  const context = await browser.newContext({ viewport, colorScheme })
  const page = await context.newPage()
  await page.goto(`${url}/console`)
  await page.getByLabel('Admin key').fill(key)
  await page.keyboard.press('Enter')
  await page.locator('#content').waitFor()
  return page
}

const settled = async (page) => {
  await page.locator('main h1, main h2').first().waitFor()
  await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch(() => undefined)
  await page.waitForFunction(() => document.querySelector('[aria-label="Loading"]') === null)
  await page.waitForTimeout(SETTLED_MS)
}

export const takeStates = async (browser, server, into) => {
  const shoot = (page, name) => page.screenshot({ path: join(into, `${name}.png`) })
  const go = (page, path) => page.goto(`${server.url}/console${path}`)
  const page = await signedIn(browser, server, DESK)
  for (const [name, path] of Object.entries(EMPTY)) {
    await go(page, path)
    await settled(page)
    await shoot(page, name)
  }
  for (const [name, path] of Object.entries(SCREENS)) {
    await go(page, path)
    await settled(page)
    // Data younger than five seconds would not be requested again.
    await page.waitForTimeout(5_200)
    await page.route(OF_FIGURES, (route) => route.abort())
    // Simulates the page regaining focus.
    await page.evaluate(() => dispatchEvent(new Event('visibilitychange')))
    await page.waitForTimeout(4_000)
    await shoot(page, `stale-${name}`)
    await page.unroute(OF_FIGURES)
    await page.route(OF_FIGURES, () => undefined)
    await go(page, path)
    await page.waitForTimeout(SKELETON_MS)
    await shoot(page, `loading-${name}`)
    await page.unroute(OF_FIGURES)
    const headers = { 'content-type': 'application/problem+json', 'retry-after': '0' }
    const answer = { status: 503, headers, body: JSON.stringify(problem) }
    await page.route(OF_FIGURES, (route) => route.fulfill(answer))
    await go(page, path)
    await page.waitForTimeout(4_000)
    await shoot(page, `failing-${name}`)
    await page.unroute(OF_FIGURES)
  }
  await page.context().close()
  console.log('Took what the screens are without figures.')
}
