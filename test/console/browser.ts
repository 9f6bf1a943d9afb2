import { type Browser, chromium, type Page } from 'playwright-core'
import { inject } from 'vitest'

/** The browser of this run; the run's set-up says so if there is none. */
export const browserPath: string | undefined = inject('browserPath')

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] })

/** A page, with everything that went wrong on it. */
export interface Watched {
  readonly page: Page
  readonly faults: string[]
}

/** Source text, because the page's globals differ from the tests'. */
const TELL_VIOLATIONS = `
  document.addEventListener('securitypolicyviolation', (event) =>
    console.error('the content policy blocked ' + event.violatedDirective + ': ' + event.blockedURI))
`

/** Waits until every block has loaded. */
export const settled = (page: Page): Promise<void> =>
  page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' })

/** Opens a page and records policy violations, errors and warnings. */
export const watchedPage = async (browser: Browser, timezoneId?: string): Promise<Watched> => {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    permissions: ['clipboard-write'],
    ...(timezoneId !== undefined && { timezoneId }),
  })
  const page = await context.newPage()
  const faults: string[] = []
  await page.addInitScript(TELL_VIOLATIONS)
  page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      faults.push(`${page.url()}: ${message.text()} ${message.location().url}`)
    }
  })
  return { page, faults }
}
