import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'

const PATH = process.env.TOLLGATE_CHROMIUM ?? '/usr/bin/chromium'

/** Whether there is a browser to test in; where there is none, it is said. */
export const hasChromium = (): boolean => {
  if (existsSync(PATH)) return true
  console.warn(`No browser at ${PATH}: what only a browser shows is NOT tested.`)
  return false
}

export interface Opened {
  readonly page: Page
  /** Errors, warnings and what the page's policy has blocked. */
  readonly complaints: string[]
}

export interface OpenOptions {
  readonly width?: number
  readonly height?: number
  readonly colorScheme?: 'light' | 'dark'
}

/** Pages of one browser for the tests of a file. */
export const openBrowser = () => {
  let browser: Browser
  beforeAll(async () => {
    // The same picture each time that the same is drawn.
    const args = [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-lcd-text',
      '--font-render-hinting=none',
    ]
    browser = await chromium.launch({ executablePath: PATH, args })
  }, 60_000)
  afterAll(() => browser?.close())
  return {
    context: () => browser.newContext(),
    open: async (url: string, options: OpenOptions = {}): Promise<Opened> => {
      const { width = 1_440, height = 900, colorScheme = 'light' } = options
      // The fastest way to a picture that stands still.
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme,
        reducedMotion: 'reduce',
      })
      const page = await context.newPage()
      const complaints = listenTo(page)
      await page.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', (event) => {
          console.error(`blocked: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`)
        })
      })
      await page.goto(url)
      return { page, complaints }
    },
  }
}

const listenTo = (page: Page): string[] => {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return complaints
}
