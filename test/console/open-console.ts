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

/**
 * Long enough for a loaded machine, and shorter than a test, so that a missing element is reported.
 */
const WAIT_MS = 15_000

/** A console on a real engine, opened in a browser. */
export interface OpenConsole {
  readonly tollgate: TollgateEngine
  readonly clock: TestClock
  readonly db: Database
  readonly browser: Browser
  readonly url: string
  /** Signed in as the administrator, with the server's clock. */
  readonly page: Page
  /** Policy violations, and every logged error and warning. */
  readonly faults: string[]
  /** Opens a page for another user or time zone. */
  readonly open: (options?: SignedIn) => Promise<Watched>
  /** Opens a path of the console and waits until every block has loaded. */
  readonly go: (path: string, page?: Page) => Promise<void>
  /** Calls the API with a key, as a customer's backend does. */
  readonly call: (path: string, key: string, body?: object) => Promise<Response>
}

interface SignedIn {
  readonly credential?: string
  readonly timezoneId?: string
}

interface ConsoleOptions {
  /** The initial time of the server's and the browser's clock. */
  readonly at: string
  readonly webhooks?: WebhookSettings
  readonly workflows?: NonNullable<TollgateOptions['workflows']>
  /** Prepares data before the sign-in, because a session ends after 8 hours. */
  readonly prepare?: (of: Pick<OpenConsole, 'tollgate' | 'clock' | 'db'>) => Promise<void>
}

/** Opens a console for the tests of one file. */
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
