import { resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { type Listener, listen } from '../../src/http/listen.ts'
import type { TollgateOptions, WebhookSettings } from '../../src/index.ts'
import { createHandler } from '../../src/server.ts'
import type { Database } from '../../src/storage/database.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'
import { AUDIENCE, ISSUER, SECRET } from '../http/authentication/issuer.ts'
import { type LentDatabase, lentDatabase } from '../setup/embedded-databases.ts'
import { openBrowser, settled, type Watched, watchedPage } from './browser.ts'

const ADMIN_KEY = 'the-platform-admin-key-of-the-console'
const BUILT = resolve(import.meta.dirname, '../../dist/console')

/** A page under load takes its time; what never comes must still be told within the test. */
const WAIT_MS = 15_000

/** A console over a real engine, and a browser in front of it. */
export interface OpenConsole {
  readonly tollgate: TollgateEngine
  readonly clock: TestClock
  readonly db: Database
  readonly browser: Browser
  readonly url: string
  /** Signed in as the administrator, with the clock of the server. */
  readonly page: Page
  /** What the content policy blocked, and every error and warning that was logged. */
  readonly faults: string[]
  /** A page of somebody else, or in another zone. */
  readonly open: (options?: SignedIn) => Promise<Watched>
  /** Goes to a place of the console and waits until every block has its figures. */
  readonly go: (path: string, page?: Page) => Promise<void>
  /** A call of the API with a key, as a customer's backend makes it. */
  readonly call: (path: string, key: string, body?: object) => Promise<Response>
}

interface SignedIn {
  readonly credential?: string
  readonly timezoneId?: string
}

interface ConsoleOptions {
  /** Where the clocks of the server and of the browser stand. */
  readonly at: string
  readonly webhooks?: WebhookSettings
  readonly workflows?: NonNullable<TollgateOptions['workflows']>
  /** What is there, and happens, before anybody signs in: a session ends after 8 hours. */
  readonly prepare?: (of: Pick<OpenConsole, 'tollgate' | 'clock' | 'db'>) => Promise<void>
}

/** Opens all of it for the tests of one file. */
export const openConsole = ({ at, prepare, ...options }: ConsoleOptions): (() => OpenConsole) => {
  let opened: OpenConsole | undefined
  let lent: LentDatabase | undefined
  let listener: Listener | undefined
  beforeAll(async () => {
    lent = await lentDatabase()
    const { database: db } = lent
    const clock = testClock(at)
    const [tollgate, browser] = await Promise.all([
      createTollgate({ database: db, clock, ...options }),
      openBrowser(),
    ])
    const handler = createHandler(tollgate, {
      adminKey: ADMIN_KEY,
      now: clock.now,
      consoleFolder: BUILT,
      jwt: { issuer: ISSUER, audience: AUDIENCE, secret: SECRET },
    })
    listener = await listen(handler, { host: '127.0.0.1', port: 0 })
    const { url } = listener
    const open = async ({ credential = ADMIN_KEY, timezoneId }: SignedIn = {}) => {
      const watched = await watchedPage(browser, timezoneId)
      const { page } = watched
      page.setDefaultTimeout(WAIT_MS)
      await page.clock.setFixedTime(clock.now())
      const answer = await page.request.post(`${url}/api/session`, { data: { credential } })
      if (!answer.ok()) throw new Error(`nobody was signed in: ${await answer.text()}`)
      return watched
    }
    await prepare?.({ tollgate, clock, db })
    const { page, faults } = await open()
    opened = {
      tollgate,
      clock,
      db,
      browser,
      url,
      page,
      faults,
      open,
      go: async (path, on = page) => {
        await on.goto(`${url}/console${path}`)
        await on.locator('main h1, main h2').first().waitFor()
        await settled(on)
      },
      call: (path, key, body) =>
        fetch(url + path, {
          method: body ? 'POST' : 'GET',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          ...(body && { body: JSON.stringify(body) }),
        }),
    }
  }, 60_000)
  afterAll(async () => {
    await opened?.browser.close()
    await listener?.close()
    await opened?.tollgate.close()
    await lent?.giveBack()
  })
  return () => {
    if (!opened) throw new Error('the console is open from beforeAll on')
    return opened
  }
}
