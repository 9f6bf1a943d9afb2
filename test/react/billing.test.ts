import { describe, expect, it } from 'vitest'
import { openDoor } from '../http/door.ts'
import { hasChromium, openBrowser } from './chromium.ts'
import { serveParts } from './parts-server.ts'

describe.skipIf(!hasChromium())('billing read by a page', () => {
  const door = openDoor()
  const url = serveParts(async (request) => {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/token') {
      const path = `/api/organizations/${searchParams.get('organization')}/read-tokens`
      const rights = ['usage.read', ...(searchParams.get('billing') ? ['invoices.read'] : [])]
      const { body } = await door().send('POST', path, { body: { rights } })
      const expiresAt = new Date(Date.now() + 900_000).toISOString()
      return Response.json({ token: body.token, expiresAt })
    }
    return pathname.startsWith('/api/') ? door().handler(request) : undefined
  })
  const { open } = openBrowser()

  it('equals the server’s preview with the invoices.read right, and is refused without it', async () => {
    const { id } = await door().organization('ai-workspace/starter')
    const { total } = await door().tollgate.invoices.preview({ organizationId: id })
    const { page } = await open(`${url()}/live?organization=${id}&billing=seen`)
    const figure = page.locator('.tg-billing .tg-figure').first()
    await figure.waitFor()
    expect(total).toBe('29.00')
    expect(await figure.textContent()).toBe(`$${total}`)
    await page.getByText('There are no invoices yet').waitFor()
    const without = (await open(`${url()}/live?organization=${id}&billing=`)).page
    await without.locator('.tg-billing[data-state="refused"]').waitFor()
    expect(await without.locator('.tg-billing .tg-figure').count()).toBe(0)
  }, 60_000)
})
