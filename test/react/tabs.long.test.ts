import { describe, expect, it } from 'vitest'
import { openDoor } from '../http/door.ts'
import { hasChromium, openBrowser } from './chromium.ts'
import { serveParts } from './parts-server.ts'

describe.skipIf(!hasChromium())('eight tabs of a browser', () => {
  const door = openDoor()
  let streams = 0
  const url = serveParts(async (request) => {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/token') {
      const id = searchParams.get('organization')
      const path = `/api/organizations/${id}/read-tokens`
      const { body } = await door().send('POST', path, { body: { expiresInSeconds: 900 } })
      // The engine's clock is fixed in another year than the browser's.
      const expiresAt = new Date(Date.now() + 900_000).toISOString()
      return Response.json({ token: body.token, expiresAt })
    }
    if (!pathname.startsWith('/api/')) return undefined
    if (!pathname.endsWith('/usage/stream')) return door().handler(request)
    streams += 1
    request.signal.addEventListener('abort', () => {
      streams -= 1
    })
    return door().handler(request)
  })
  const { context } = openBrowser()

  it('share one stream over HTTP/1.1, see new usage, and leave a connection for a ninth', async () => {
    const { id } = await door().organization()
    const browser = await context()
    const tabs = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const page = await browser.newPage()
        await page.goto(`${url()}/live?organization=${id}`)
        await page.locator('.tg-indicator__used').waitFor()
        return page
      }),
    )
    expect(streams).toBe(1)
    await door().tollgate.track({ organizationId: id, eventType: 'structuring_diagnose' })
    await door().clock.advance(1_000)
    const used = (await door().tollgate.usage.current({ organizationId: id })).month.credits
    expect(used).toBeGreaterThan(0)
    for (const page of tabs) {
      await page
        .locator('.tg-indicator__used')
        .filter({ hasText: `${used} of` })
        .waitFor()
    }
    expect(streams).toBe(1)
    const ninth = await browser.newPage()
    await ninth.goto(`${url()}/live?organization=${id}`, { timeout: 10_000 })
    await ninth.locator('.tg-dashboard__tiles dd').first().waitFor({ timeout: 10_000 })
    await ninth.getByText('Events', { exact: true }).waitFor()
    expect(streams).toBe(1)
    await browser.close()
  }, 120_000)
})
