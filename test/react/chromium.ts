import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, inject } from 'vitest'

/** Whether there is a browser; the run's set-up says so if there is none. */
export const hasChromium = (): boolean => inject('browserPath') !== undefined

export interface Opened {
  readonly page: Page
  /** Errors, warnings and policy violations. */
  readonly complaints: string[]
}

export interface OpenOptions {
  readonly width?: number
  readonly height?: number
  readonly colorScheme?: 'light' | 'dark'
}

/** Opens pages of one shared browser for the tests of a file. */
export const openBrowser = () => {
  let browser: Browser
  beforeAll(async () => {
    // Flags for deterministic rendering.
    const args = [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-lcd-text',
      '--font-render-hinting=none',
    ]
    browser = await chromium.launch({ executablePath: inject('browserPath'), args })
  }, 60_000)
  afterAll(() => browser?.close())
  return {
    context: () => browser.newContext(),
    open: async (url: string, options: OpenOptions = {}): Promise<Opened> => {
      const { width = 1_440, height = 900, colorScheme = 'light' } = options
      // Disables animations, so that a screenshot is stable at once.
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
