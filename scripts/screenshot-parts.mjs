#!/usr/bin/env node
// Takes the components of tollgate/react in hosts with other stylesheets, in light and dark, on a
// desk and on a phone, and with an accent of the host's, into .screenshots/parts/. It is for looking:
// that they look alike everywhere, and leave the host alone, is tested in test/react.
//   node scripts/screenshot-parts.mjs [HOST…]
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { buildParts, typeOf } from './build-parts.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const into = join(root, '.screenshots', 'parts')
const { resolve } = createRequire(import.meta.url)
const only = process.argv.slice(2)

const fromPackage = (name) => readFileSync(resolve(name), 'utf8')
const HOSTS = {
  none: '',
  tailwind: fromPackage('tailwindcss/preflight.css'),
  bootstrap: fromPackage('bootstrap/dist/css/bootstrap.css'),
  pink: ':root { --tg-accent: hotpink }',
}
const PARTS = ['dashboard', 'history', 'plans', 'billing', 'keys', 'warning-inline']
const STATES = [
  'dashboard-stale',
  'dashboard-nothing',
  'dashboard-one-point',
  'dashboard-standings',
]
const MORE = ['dashboard-loading', 'history-empty', 'plans-failing', 'billing-refused', 'keys-none']
const SIZES = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } }

const pageIn = (host) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Parts</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/page.css"><link rel="stylesheet" href="/hosts/${host}.css">
<link rel="stylesheet" href="/styles.css"></head>
<body><div id="root"></div><script type="module" src="/page.js"></script></body></html>`

const files = await buildParts()
for (const [host, css] of Object.entries(HOSTS)) {
  files[`/hosts/${host}.css`] = css
  files[`/on/${host}`] = pageIn(host)
}
const server = createServer(({ url }, response) => {
  const { pathname } = new URL(url, 'http://parts')
  response.writeHead(files[pathname] === undefined ? 404 : 200, {
    'content-type': `${typeOf(pathname)}; charset=utf-8`,
  })
  response.end(files[pathname])
})
await new Promise((done) => server.listen(0, '127.0.0.1', done))
const executablePath = process.env.TOLLGATE_TEST_BROWSER ?? '/usr/bin/chromium'
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
mkdirSync(into, { recursive: true })
try {
  for (const theme of ['light', 'dark']) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      const context = await browser.newContext({ viewport, colorScheme: theme })
      const page = await context.newPage()
      const shoot = async (host, name, parts) => {
        const query = new URLSearchParams({ theme, only: parts.join(',') })
        await page.goto(`http://127.0.0.1:${server.address().port}/on/${host}?${query}`)
        await page.locator('.tg-root').first().waitFor()
        const path = join(into, `${name}-${theme}-${size}.png`)
        await page.screenshot({ path, fullPage: true })
      }
      for (const host of Object.keys(HOSTS)) {
        if (only.length === 0 || only.includes(host)) await shoot(host, host, PARTS)
      }
      await shoot('none', 'states', [...STATES, ...MORE])
      await context.close()
    }
  }
} finally {
  await browser.close()
  server.close()
}
