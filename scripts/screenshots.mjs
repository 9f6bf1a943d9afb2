#!/usr/bin/env node
// Takes a screenshot of every console screen, with the demo's data and some operator acts, in light
// and dark, for desktop, phone and a wide desktop, into .screenshots/. They are for viewing: nothing
// is compared. Words choose among screens, sizes and modes: `npm run screenshots -- summary wide`.
// npm run screenshots [-- NAME… | states | desk | phone | wide | light | dark]
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { takeStates } from './screenshot-states.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const into = join(root, '.screenshots')
const data = mkdtempSync(join(tmpdir(), 'tollgate-screenshots-'))

const MODES = ['light', 'dark']
const SIZES = {
  desk: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
  wide: { width: 2560, height: 1440 },
}
const words = process.argv.slice(2)
const only = words.filter((word) => !(word in SIZES) && !MODES.includes(word))
/** Those that were named, or all. */
const chosen = (all) => {
  const named = all.filter((one) => words.includes(one))
  return named.length > 0 ? named : all
}
const HALF_SECOND_MS = 500
/** Waits for the first attempt of a test delivery. */
const DELIVERED_MS = 4_000

/** Typical endpoints of customers: one path accepts everything, one fails, one has moved away. */
const startReceiver = async () => {
  const receiver = createServer((request, response) => {
    const status = { '/hooks/billing': 204, '/hooks/old': 410 }[request.url] ?? 503
    response.writeHead(status, { 'content-type': 'text/html' })
    response.end(status === 503 ? '<h1>Service unavailable</h1>\n<p>Deploying, back soon.</p>' : '')
  })
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  return { receiver, port: receiver.address().port }
}

const startServer = async (webhookPort) => {
  const args = ['start', '--demo', '--port', '0', '--data', data]
  const env = {
    ...process.env,
    TOLLGATE_WEBHOOK_ALLOW: '127.0.0.1/32',
    TOLLGATE_WEBHOOK_HTTP: 'true',
    TOLLGATE_WEBHOOK_PORTS: String(webhookPort),
  }
  const child = spawn(process.execPath, [join(root, 'bin/tollgate.js'), ...args], { env })
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

/** Typical operator acts, so that no screen is empty; returns the created ids. */
const act = async (url, key, webhookPort) => {
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
  const endpoint = (place, path, more = {}) =>
    post(`${place}/webhooks`, { url: `http://127.0.0.1:${webhookPort}${path}`, ...more })
  const told = [
    await endpoint('/api/admin', '/hooks/billing', { description: 'The billing backend' }),
    await endpoint('/api/admin', '/hooks/chat', { kinds: ['limit.*', 'credits.exhausted'] }),
    await endpoint('/api/admin', '/hooks/old', { kinds: ['invoice.*'] }),
    await endpoint(of, '/hooks/billing', {
      description: 'Northlight’s own, made by Ada Marsh for the quarterly review of usage',
      kinds: ['limit.reached', 'invoice.closed', 'plan.changed'],
    }),
  ]
  for (const { id } of told.slice(0, 3)) await post(`/api/admin/webhooks/${id}/test`, {})
  await post(`${of}/webhooks/${told[3].id}/test`, {})
  await post(`${of}/api-keys`, { name: 'Staging' })
  await post('/api/organizations', {
    id: 'newcomer',
    name: 'The Society for the Preservation of Slow Correspondence Ltd.',
    plan: 'ai-workspace/professional',
  })
  const call = { organizationId: 'quillmark', eventType: 'chat_message' }
  const refused = await post('/api/usage/track', { ...call, quantities: { tokens: 9_900 } })
  await post('/api/admin/service-keys', { name: 'Product backend', scopes: ['gate.use'] })
  await post('/api/admin/admin-keys', { name: 'Ada' })
  const runId = await watch(post, of, webhookPort)
  await new Promise((resolve) => setTimeout(resolve, DELIVERED_MS))
  const failing = `/api/admin/webhooks/${told[1].id}/deliveries`
  const get = async (path) => {
    const answer = await fetch(url + path, { headers: { authorization: `Bearer ${key}` } })
    return answer.json()
  }
  const delivery = (await get(failing)).items[0].id
  return { decisionId: refused.decisionId, told: told.map(({ id }) => id), delivery, runId }
}

/** Rules, channels and workflow runs; returns the id of a run that waits for a person. */
const watch = async (post, of, webhookPort) => {
  const platform = '/api/admin'
  const slack = `http://127.0.0.1:${webhookPort}/hooks`
  const channel = (place, more) => post(`${place}/channels`, more)
  const onCall = await channel(platform, {
    kind: 'slack',
    target: `${slack}/billing`,
    name: 'On call',
    zone: 'Europe/Berlin',
    quietHours: { from: '22:00', until: '07:00' },
  })
  const closed = await channel(platform, { kind: 'slack', target: `${slack}/old` })
  await channel(of, {
    kind: 'slack',
    target: `${slack}/billing`,
    minimumSeverity: 'critical',
    name: 'Northlight’s own, for whoever looks after the quarterly use',
    digestAt: '08:30',
  })
  for (const { id } of [onCall, closed]) await post(`${platform}/channels/${id}/test`, {})
  const share = { kind: 'limit_share', meter: 'ai_calls', window: 'period' }
  await post(`${of}/alerts`, {
    ...share,
    name: 'Most of the AI calls of the period are used',
    thresholds: [{ at: 10, severity: 'warning' }],
  })
  await post(`${of}/alerts`, {
    kind: 'credits_below',
    thresholds: [{ at: 1_000_000, severity: 'critical' }],
  })
  await post(`${platform}/alerts`, {
    kind: 'latency',
    endpoint: '/api/structuring/diagnose',
    percentile: 99,
    thresholds: [{ at: 2_000, severity: 'warning' }],
  })
  const start = (input, organizationId) =>
    post(`${platform}/workflows`, { workflow: 'trial_onboarding', organizationId, input })
  await start({ name: 'Brightwater', plan: 'ai-workspace/free' }, 'brightwater')
  await start({ name: 'Saltmarsh', plan: 'rag-chatbot/trial' }, 'saltmarsh')
  const { id } = await start({ name: 'Nowhere', plan: 'ai-workspace/of-old' }, 'nowhere')
  return id
}

const screensOf = ({ decisionId, told, delivery, runId }) => ({
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
  'first-steps': '/first-steps',
  jobs: '/jobs',
  alerts: '/alerts',
  'customer-alerts': '/customers/northlight/alerts',
  'alerts-few': '/customers/fernway/alerts',
  'alerts-none': '/customers/quillmark/alerts?severity=critical&state=suppressed',
  workflows: '/workflows',
  'workflow-run': `/workflows/${runId}`,
  webhooks: '/webhooks',
  endpoint: `/webhooks/${told[0]}`,
  'endpoint-failing': `/webhooks/${told[1]}?open=${delivery}`,
  'endpoint-disabled': `/webhooks/${told[2]}`,
  'webhooks-none': '/customers/quillmark/webhooks',
  'customer-webhooks': '/customers/northlight/webhooks',
  'customer-endpoint': `/customers/northlight/webhooks/${told[3]}`,
  settings: '/settings',
})

/** Waits until the screen has loaded and requests nothing for a while. */
const settled = async (page) => {
  await page.locator('main h1, main h2').first().waitFor()
  await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch(() => undefined)
  await page.waitForFunction(() => document.querySelector('[aria-label="Loading"]') === null)
  await page.waitForTimeout(HALF_SECOND_MS)
}

const takeAll = async (browser, { url, key }, screens) => {
  for (const mode of chosen(MODES)) {
    for (const size of chosen(Object.keys(SIZES))) {
      const viewport = SIZES[size]
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
const { receiver, port } = await startReceiver()
const server = await startServer(port)
const executablePath = process.env.TOLLGATE_TEST_BROWSER ?? '/usr/bin/chromium'
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
try {
  const all = screensOf(await act(server.url, server.key, port))
  const wanted = Object.entries(all).filter(([name]) => only.length === 0 || only.includes(name))
  if (wanted.length > 0) await takeAll(browser, server, Object.fromEntries(wanted))
  if (only.length === 0 || only.includes('states')) await takeStates(browser, server, into)
} finally {
  await browser.close()
  receiver.close()
  server.child.kill()
  await new Promise((resolve) => server.child.once('exit', resolve))
  rmSync(data, { recursive: true, force: true })
}
