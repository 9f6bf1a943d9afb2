import { AxeBuilder } from '@axe-core/playwright'
import type { Locator, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { isLong } from '../setup/form.ts'
import { hasChromium, openBrowser } from './chromium.ts'
import { HOST_NAMES, serveParts } from './parts-server.ts'

const PARTS = ['dashboard', 'history', 'plans', 'billing', 'keys', 'warning-inline'] as const

/** The layout and style of every element of the components, as text. Runs in the page. */
const stylesIn = (ours: Element): string[] =>
  [...ours.querySelectorAll('.tg-root, .tg-root *')].map((element) => {
    const style = getComputedStyle(element)
    const { width, height } = element.getBoundingClientRect()
    const names = [
      'font-size',
      'font-weight',
      'font-family',
      'line-height',
      'vertical-align',
      'accent-color',
      'background-image',
      'text-align',
      'font-feature-settings',
      'color',
      'background-color',
      'padding',
      'margin',
      'border-width',
      'border-radius',
    ]
    const more = ['text-transform', 'letter-spacing', 'text-decoration-line', 'display', 'opacity']
    const drawn = [...names, ...more].map((name) => style.getPropertyValue(name)).join('; ')
    const name = `${element.tagName} ${element.getAttribute('class') ?? ''}`
    return `${name}: ${Math.round(width)} × ${Math.round(height)}; ${drawn}`
  })

/**
 * Takes up to three pairs of screenshots, because rendering may not be finished. A leaking style
 * differs in all of them.
 */
const isDrawnAlike = async (one: Locator, other: Locator): Promise<boolean> => {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if ((await one.screenshot()).equals(await other.screenshot())) return true
  }
  return false
}

describe.skipIf(!hasChromium())('the components in a browser', () => {
  const url = serveParts()
  const { open } = openBrowser()

  it('hydrate server markup without a warning or a change', async () => {
    const { page, complaints } = await open(`${url()}/rendered`)
    await page.waitForFunction(() => document.querySelector('.tg-chart__plot svg'))
    await page.getByRole('button', { name: 'Table' }).first().click()
    expect(await page.locator('.tg-chart-table tbody tr').count()).toBeGreaterThanOrEqual(30)
    expect(complaints).toEqual([])
    await page.context().close()
  }, 60_000)

  it.each(['light', 'dark'] as const)(
    'have no serious accessibility violation, in %s',
    async (theme) => {
      const { page, complaints } = await open(`${url()}/?theme=${theme}`)
      await page.waitForSelector('[data-part="keys-loading"]')
      const axe = new AxeBuilder({ page }).include('.tg-root')
      // The themes differ in their colors only, so all other rules are checked once.
      if (theme === 'dark') axe.withRules(['color-contrast'])
      const { violations } = await axe.analyze()
      const faults = violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
      expect(faults).toEqual([])
      expect(complaints).toEqual([])
      await page.context().close()
    },
    120_000,
  )

  /** One page with all parts, shared by the tests; each sets its own size. */
  let everything: Promise<Page> | undefined
  const allParts = (): Promise<Page> => {
    everything ??= open(`${url()}/`).then(async ({ page }) => {
      await page.waitForSelector('[data-part="keys-loading"]')
      return page
    })
    return everything
  }

  it.each([
    [390, 100],
    [320, 100],
    [390, 200],
    [1_440, 200],
  ])(
    'need no horizontal scrolling at %i px and %i percent text size',
    async (width, percent) => {
      const page = await allParts()
      await page.setViewportSize({ width, height: 900 })
      await page.evaluate((size) => {
        document.documentElement.style.fontSize = `${size}%`
        // Charts measure themselves in the next frame, and render again in the frame after it.
        return new Promise((drawn) =>
          requestAnimationFrame(() => requestAnimationFrame(() => drawn(undefined))),
        )
      }, percent)
      const wide = await page.evaluate(() =>
        [...document.querySelectorAll('.tg-root')]
          .filter((root) => root.scrollWidth > root.clientWidth + 1)
          .map((root) => root.closest('[data-part]')?.getAttribute('data-part')),
      )
      expect(wide).toEqual([])
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(over).toBeLessThanOrEqual(0)
      // An element that scrolls by itself hides nothing.
      const cut = await page.evaluate(
        () =>
          [...document.querySelectorAll('.tg-figure, .tg-rows [data-column="cost"]')].filter(
            (cell) => {
              const { left, right } = cell.getBoundingClientRect()
              const scroll = cell.closest('.tg-scroll')
              return !scroll && (left < 0 || right > innerWidth + 1)
            },
          ).length,
      )
      expect(cut).toBe(0)
    },
    60_000,
  )

  it('have about the same height while they load', async () => {
    const page = await allParts()
    await page.setViewportSize({ width: 1_440, height: 900 })
    await page.evaluate(() => document.documentElement.style.removeProperty('font-size'))
    const heightOf = async (name: string) =>
      (await page.locator(`[data-part="${name}"] > .tg-root`).boundingBox())?.height ?? 0
    const ready = await heightOf('dashboard')
    for (const state of ['loading', 'stale']) {
      expect(Math.abs((await heightOf(`dashboard-${state}`)) - ready)).toBeLessThan(ready * 0.15)
    }
  }, 60_000)

  const opened = new Map<string, Promise<Page>>()
  /** The page of our parts in that host, opened once. */
  const partsOn = (host: string): Promise<Page> => {
    const page =
      opened.get(host) ??
      open(`${url()}/on/${host}?only=${PARTS}`).then(async ({ page }) => {
        await page.waitForSelector('.tg-dashboard')
        return page
      })
    opened.set(host, page)
    return page
  }

  it.runIf(isLong).each(HOST_NAMES)(
    'do not change a pixel of a host with %s',
    async (host) => {
      const without = (await open(`${url()}/on/${host}/without`)).page
      const page = await partsOn(host)
      expect(await isDrawnAlike(without.locator('#host'), page.locator('#host'))).toBe(true)
      await without.context().close()
    },
    60_000,
  )

  it.runIf(isLong).each(HOST_NAMES.filter((host) => host !== 'none'))(
    'look the same in a host with %s as alone',
    async (host) => {
      const [alone, hosted] = [await partsOn('none'), await partsOn(host)]
      // A difference in styles has a name, so it is checked before the screenshots.
      const styles = await alone.locator('#ours').evaluate(stylesIn)
      const other = await hosted.locator('#ours').evaluate(stylesIn)
      expect(other.filter((line, index) => line !== styles[index]).slice(0, 8)).toEqual([])
      const differing: string[] = []
      for (const part of PARTS) {
        const of = (page: Page) => page.locator(`[data-part="${part}"] > .tg-root`)
        if (!(await isDrawnAlike(of(alone), of(hosted)))) differing.push(part)
      }
      expect(differing).toEqual([])
    },
    120_000,
  )

  it('let arrow keys read a chart, and announce each value', async () => {
    const { page, complaints } = await open(`${url()}/?only=dashboard`)
    await page.locator('.tg-chart__plot svg').focus()
    await page.keyboard.press('End')
    await page.waitForSelector('.tg-tooltip')
    expect(await page.locator('.tg-tooltip__box').textContent()).toContain('28 Nov 2026, so far')
    await page.keyboard.press('Home')
    expect(await page.locator('.tg-tooltip__box').textContent()).toContain('30 Oct 2026')
    expect(await page.locator('[aria-live]').first().textContent()).toMatch(
      /^30 Oct 2026: [\d,.]+ Credits$/,
    )
    await page.keyboard.press('Escape')
    expect(await page.locator('.tg-tooltip').count()).toBe(0)
    expect(complaints).toEqual([])
    await page.context().close()
  }, 60_000)

  it('show a new key until the user confirms that it was saved', async () => {
    const { page, complaints } = await open(`${url()}/?only=keys`)
    await page.getByRole('button', { name: 'Create key' }).click()
    await page.getByLabel('Name').fill('Staging')
    await page.getByRole('dialog').getByRole('button', { name: 'Create key' }).click()
    const secret = page.getByRole('dialog').getByRole('textbox')
    await secret.waitFor()
    for (const _ of [1, 2, 3]) await page.keyboard.press('Escape')
    await page.mouse.click(5, 5)
    expect(await secret.inputValue()).toBe('tg_live_9c41b7de02f84a6c9d15e3aa70b2c6f8')
    await page.getByRole('button', { name: 'I have saved it' }).click()
    expect(await page.getByRole('dialog').count()).toBe(0)
    expect(complaints).toEqual([])
    await page.context().close()
  }, 60_000)

  it('ask for a key’s name before they revoke one in use', async () => {
    const { page } = await open(`${url()}/?only=keys`)
    await page.getByRole('button', { name: 'Revoke Production' }).click()
    const dialog = page.getByRole('dialog')
    const revoke = dialog.getByRole('button', { name: 'Revoke', exact: true })
    expect(await revoke.isDisabled()).toBe(true)
    await dialog.getByRole('textbox').fill('Production')
    await revoke.click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Revoke Quarterly' }).click()
    expect(await revoke.isDisabled()).toBe(false)
    await page.keyboard.press('Escape')
    expect(await dialog.count()).toBe(0)
    await page.context().close()
  }, 60_000)

  it('explain a plan change before it is made', async () => {
    const { page } = await open(`${url()}/?only=plans`)
    // The answer for the earlier choice comes later, and is not shown for this one.
    await page.getByRole('radio', { name: /Free/ }).check()
    await page.getByRole('radio', { name: /Starter/ }).check()
    await page.getByText('Starter begins today.').waitFor()
    await page.evaluate(() => new Promise((later) => setTimeout(later, 40)))
    expect(await page.getByText('Free begins today.').count()).toBe(0)
    await page.getByRole('button', { name: 'Choose Starter' }).click()
    await page.getByRole('button', { name: 'Choose Starter' }).waitFor()
    expect(await page.getByRole('button', { name: 'Choose Starter' }).isEnabled()).toBe(true)
    await page.context().close()
  }, 60_000)
})
