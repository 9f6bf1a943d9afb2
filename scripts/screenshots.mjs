#!/usr/bin/env node
// Takes every screen of the console, with the demo's data and some acts of an operator, in light
// and dark, on a desk and on a phone, into .screenshots/. It is for looking: nothing is compared.
//   npm run screenshots [-- NAME…]
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const root = fileURLToPath(new URL('..', import.meta.url))
const into = join(root, '.screenshots')
const data = mkdtempSync(join(tmpdir(), 'tollgate-screenshots-'))
const only = process.argv.slice(2)

const MODES = ['light', 'dark']
const SIZES = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } }
const HALF_SECOND_MS = 500

const startServer = async () => {
  const args = ['start', '--demo', '--port', '0', '--data', data]
  const child = spawn(process.execPath, [join(root, 'bin/tollgate.js'), ...args])
  let output = ''
  const url = await new Promise((resolve, reject) => {
    child.stdout.on('data', (part) => {
      output += part
      const address = /^tollgate listening on (\S+)$/m.exec(output)?.[1]
      if (address) resolve(address)
    })
    child.once('exit', () => reject(new Error(`the server ended: ${output}`)))
  })
  return { url, child, key: readFileSync(join(data, 'admin-key'), 'utf8').trim() }
}

/** What an operator would have done, so that no screen is empty; gives the id of a refusal. */
const act = async (url, key) => {
  const post = async (path, body) => {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return answer.json()
  }
  const of = '/api/organizations/northlight'
  await post(`${of}/members`, { userId: 'user-1', role: 'owner', name: 'Ada Marsh' })
  await post(`${of}/members`, { userId: 'user-2', role: 'member', name: 'Theo Lind' })
  await post(`${of}/api-keys`, { name: 'Production backend' })
  await post(`${of}/api-keys`, { name: 'Nightly import', scopes: ['usage.record'] })
  const override = { meter: 'ai_calls', window: 'period', max: 15_000, behavior: 'overage' }
  await post(`${of}/limits`, { ...override, reason: 'Launch week' })
  await post('/api/organizations/fernway/grants', { id: 'g', credits: 5_000, reason: 'Welcome' })
  const call = { organizationId: 'quillmark', eventType: 'chat_message' }
  return (await post('/api/usage/track', { ...call, quantities: { tokens: 9_900 } })).decisionId
}

const screensOf = (decisionId) => ({
  overview: '/',
  customers: '/customers',
  summary: '/customers/northlight',
  'customer-usage': '/customers/northlight/usage',
  events: '/customers/northlight/events',
  limits: '/customers/northlight/limits',
  credits: '/customers/fernway/credits',
  billing: '/customers/northlight/billing',
  access: '/customers/northlight/access',
  'customer-audit': '/customers/northlight/audit',
  refused: '/customers/quillmark',
  decision: `/customers/quillmark/decisions/${decisionId}`,
  usage: '/usage',
  revenue: '/revenue',
  catalog: '/catalog',
  'event-types': '/catalog?part=event-types',
  versions: '/catalog?part=versions',
  'editor-price': '/catalog/ai-workspace/edit?eventType=structuring_diagnose',
  'editor-plan': '/catalog/ai-workspace/edit?plan=professional',
  simulator: '/simulator?organization=northlight&plan=ai-workspace%2Fstarter',
  audit: '/audit',
  jobs: '/jobs',
  settings: '/settings',
})

const settled = async (page) => {
  await page.waitForFunction(() => document.querySelector('[aria-label="Loading"]') === null)
  await page.waitForTimeout(HALF_SECOND_MS)
}

const takeAll = async (browser, { url, key }, screens) => {
  for (const mode of MODES) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      const context = await browser.newContext({ viewport, colorScheme: mode })
      const page = await context.newPage()
      await page.goto(`${url}/console`)
      const field = page.getByLabel('Admin key')
      await field.waitFor()
      await page.screenshot({ path: join(into, `sign-in-${mode}-${size}.png`) })
      await field.fill(key)
      await page.keyboard.press('Enter')
      await page.locator('#content').waitFor()
      for (const [name, path] of Object.entries(screens)) {
        await page.goto(`${url}/console${path}`)
        await settled(page)
        const file = join(into, `${name}-${mode}-${size}.png`)
        await page.screenshot({ path: file, fullPage: size === 'phone' })
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        if (over > 0) console.warn(`${name} is ${over} px wider than a ${size}`)
      }
      await context.close()
      console.log(`Took ${Object.keys(screens).length} screens, ${mode}, ${size}.`)
    }
  }
}

mkdirSync(into, { recursive: true })
const server = await startServer()
const executablePath = process.env.TOLLGATE_TEST_BROWSER ?? '/usr/bin/chromium'
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
try {
  const all = screensOf(await act(server.url, server.key))
  const wanted = Object.entries(all).filter(([name]) => only.length === 0 || only.includes(name))
  await takeAll(browser, server, Object.fromEntries(wanted))
} finally {
  await browser.close()
  server.child.kill()
  await new Promise((resolve) => server.child.once('exit', resolve))
  rmSync(data, { recursive: true, force: true })
}
