import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ADMIN_KEY, openDoor } from './door.ts'

const EVIL = '<script>alert("Acme & Söhne")</script>'

describe('a printable invoice', () => {
  const door = openDoor()

  /** An organization with this name, an invoice of $49.00 and 50 calls past the included amount. */
  const billed = async (id: string, name: string) => {
    const { tollgate, clock } = door()
    await clock.set('2026-03-10T12:00:00Z')
    await tollgate.organizations.create({ id, name, plan: 'api-platform/pro' })
    await tollgate.record({
      organizationId: id,
      eventType: 'api-platform/api_call',
      quantities: { api_calls: 100_050 },
    })
    await clock.set('2026-04-20T12:00:00Z')
    await tollgate.admin.closePeriods()
    const [invoice] = (await tollgate.invoices.list({ organizationId: id })).items
    return invoice?.id as string
  }

  const page = async (id: string, invoiceId: string) => {
    const url = `http://tollgate.test/api/organizations/${id}/invoices/${invoiceId}/print`
    const headers = { authorization: `Bearer ${ADMIN_KEY}` }
    const response = await door().handler(new Request(url, { headers }))
    return { response, text: await response.text() }
  }

  it('shows its recipient, each line with its computation, and the correct sums', async () => {
    const { response, text } = await page('acme', await billed('acme', 'Acme'))
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(text).toContain('<p>Acme</p>')
    expect(text).toContain('2026-03-10 to 2026-04-09')
    expect(text).toContain('units: 50 × 0.001 USD = 0.05 USD (api-platform/pro/api_calls/period)')
    expect(text).toContain('included: 100,000 (api-platform/pro/api_calls/period)')
    expect(text).toContain('50 API calls past what the billing period includes')
    const amounts = [...text.matchAll(/<td>(\d+\.\d\d)(?: USD)?<\/td>/g)].map(([, text]) => text)
    // 49.00 + 0.05, the total, and the amount due.
    expect(amounts).toEqual(['49.00', '0.05', '49.05', '49.05'])
  })

  it('escapes every text, and allows only its own style', async () => {
    const { response, text } = await page('evil', await billed('evil', EVIL))
    expect(text).not.toContain('<script')
    expect(text).toContain('&lt;script&gt;alert(&quot;Acme &amp; Söhne&quot;)')
    const style = /<style>([\s\S]*)<\/style>/.exec(text)?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    const policy = response.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`style-src 'sha256-${hash}'`)
  })

  it('does not exist for another organization, nor for an unknown id', async () => {
    const invoiceId = await billed('globex', 'Globex')
    expect((await page('acme', invoiceId)).response.status).toBe(404)
    expect((await page('acme', 'nothing')).response.status).toBe(404)
  })
})
