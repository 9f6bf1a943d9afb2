import { loadavg } from 'node:os'
import { resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, inject, it } from 'vitest'
import { browserPath, openBrowser, settled } from '../test/console/browser.ts'
import { newDatabase } from './gate-subjects.ts'
import { loadEvents, organizationNumber } from './insight-load.ts'
import { machine, thousands } from './report.ts'

/**
 * How the console scrolls through a history of a million events, and pages through 10,000 customers:
 * the time between two frames while somebody turns the wheel, and until the next rows are there.
 * The customers are copies of one that has used nothing: their roll-ups are empty.
 */

const EVENTS = Number(process.env.BENCH_CONSOLE_EVENTS ?? 1_000_000)
const CUSTOMERS = Number(process.env.BENCH_CONSOLE_CUSTOMERS ?? 10_000)
const MOST_ROWS = 2_000
const FRAME_MS = 50
const ADMIN_KEY = 'the-admin-key-of-the-console-bench'
const server = inject('postgresUrl')

const { createTollgate } = (await import(
  '../dist/engine/create-tollgate.js'
)) as typeof import('../src/engine/create-tollgate.ts')
const { openPostgres } = (await import(
  '../dist/storage/postgres/open.js'
)) as typeof import('../src/storage/postgres/open.ts')
const { createHandler } = (await import('../dist/server.js')) as typeof import('../src/server.ts')
const { listen } = (await import(
  '../dist/http/listen.js'
)) as typeof import('../src/http/listen.ts')

/** Text, since the page has other globals than this file. */
const WATCH_FRAMES = `(() => {
  window.frames_ms = []
  let before = performance.now()
  const next = (now) => {
    window.frames_ms.push(now - before)
    before = now
    requestAnimationFrame(next)
  }
  requestAnimationFrame(next)
})()`

const LOAD_MORE = 'Load more'

/** A plain look, since a query by role costs the page 30 ms among so many cells. */
const LOOK = `({
  nodes: document.querySelectorAll('main tbody td').length,
  isFull: [...document.querySelectorAll('main button')].some((one) => one.textContent === '${LOAD_MORE}'),
})`

interface Frames {
  readonly count: number
  readonly p95: number
  readonly most: number
  readonly late: number
}

const framesOf = async (page: Page): Promise<Frames> => {
  const all = ((await page.evaluate('window.frames_ms.splice(0)')) as number[]).slice(2)
  const sorted = [...all].sort((a, b) => a - b)
  return {
    count: all.length,
    p95: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
    most: sorted.at(-1) ?? 0,
    late: all.filter((ms) => ms > FRAME_MS).length,
  }
}

const line = (name: string, { count, p95, most, late }: Frames, more = ''): string =>
  `| ${name} | ${thousands(count)} | ${p95.toFixed(1)} | ${most.toFixed(1)} | ${late} | ${more} |`

it.runIf(server !== undefined && browserPath !== undefined)(
  'scrolls through what is long without a late frame',
  async () => {
    const { url, drop } = await newDatabase(server as string)
    const db = await openPostgres({ url, poolSize: 8, timeoutMs: 3_600_000 })
    const tollgate = await createTollgate({ database: db })
    const handler = createHandler(tollgate, {
      adminKey: ADMIN_KEY,
      consoleFolder: resolve('dist/console'),
    })
    const listener = await listen(handler, { host: '127.0.0.1', port: 0 })
    const browser = await openBrowser()
    try {
      await loadEvents(tollgate, db, { events: EVENTS, organizations: 1 }, (day, of) =>
        console.log(`day ${day} of ${of} is there`),
      )
      const plan = 'api-platform/pro'
      await tollgate.organizations.create({ id: 'many', name: 'Many', plan })
      await db.query(
        `insert into tollgate.organizations
         select (jsonb_populate_record(o, jsonb_build_object(
           'id', 'many-' || lpad(n::text, 5, '0'), 'name', 'Customer ' || n))).*
         from tollgate.organizations o, generate_series(1, $1) n where o.id = 'many'`,
        [CUSTOMERS],
      )
      await db.script('vacuum (analyze) tollgate.organizations')
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
      const page = await context.newPage()
      await page.request.post(`${listener.url}/api/session`, { data: { credential: ADMIN_KEY } })
      const rows = [
        await historyOf(page, listener.url, organizationNumber(0)),
        await customersOf(page, listener.url),
      ]
      console.log(
        [
          '',
          `### the console at ${thousands(EVENTS)} events and ${thousands(CUSTOMERS)} customers (${machine()})`,
          `(load of the machine at the end, over 1, 5 and 15 minutes: ${loadavg().map((load) => load.toFixed(1))})`,
          '| | frames | p95 ms | longest ms | over 50 ms | |',
          '|---|---|---|---|---|---|',
          ...rows,
        ].join('\n'),
      )
    } finally {
      await browser.close()
      await listener.close()
      await tollgate.close()
      await drop()
    }
  },
)

/** Turns the wheel until the table holds all that it takes at once, then goes on from there. */
const historyOf = async (page: Page, url: string, organizationId: string): Promise<string> => {
  await page.goto(`${url}/console/customers/${organizationId}/events`)
  await page.locator('main tbody tr').nth(20).waitFor()
  await settled(page)
  await page.mouse.move(800, 600)
  await page.evaluate(WATCH_FRAMES)
  let mostNodes = 0
  for (let isFull = false; !isFull; ) {
    await page.mouse.wheel(0, 600)
    await page.waitForTimeout(16)
    const seen = (await page.evaluate(LOOK)) as { nodes: number; isFull: boolean }
    mostNodes = Math.max(mostNodes, seen.nodes)
    isFull = seen.isFull
  }
  for (let back = 0; back < 60; back += 1) {
    await page.mouse.wheel(0, -1_000)
    await page.waitForTimeout(16)
  }
  const frames = await framesOf(page)
  expect(mostNodes).toBeLessThan(9 * MOST_ROWS * 0.5)
  const asked = performance.now()
  await page.mouse.wheel(0, 1e6)
  await page.getByRole('button', { name: LOAD_MORE }).click()
  await page.waitForURL(/cursor=/)
  await page.locator('main tbody tr').nth(20).waitFor()
  const ms = performance.now() - asked
  return line(
    `history, ${thousands(MOST_ROWS)} rows down and back`,
    frames,
    `at most ${thousands(mostNodes)} cells drawn; the next rows after ${ms.toFixed(0)} ms`,
  )
}

const customersOf = async (page: Page, url: string): Promise<string> => {
  await page.goto(`${url}/console/customers?sort=name`)
  const rows = page.locator('main tbody tr')
  await rows.nth(20).waitFor()
  await settled(page)
  await page.mouse.move(800, 600)
  await page.evaluate(WATCH_FRAMES)
  const took: number[] = []
  for (let turn = 0; turn < 5; turn += 1) {
    for (let step = 0; step < 20; step += 1) {
      await page.mouse.wheel(0, 200)
      await page.waitForTimeout(16)
    }
    const first = (await rows.first().textContent()) ?? ''
    const asked = performance.now()
    await page.getByRole('button', { name: 'Next 50' }).click()
    await rows.first().filter({ hasNotText: first }).waitFor()
    took.push(performance.now() - asked)
  }
  const middle = took.sort((a, b) => a - b)[2] ?? 0
  return line('customers, five pages', await framesOf(page), `a page after ${middle.toFixed(0)} ms`)
}
