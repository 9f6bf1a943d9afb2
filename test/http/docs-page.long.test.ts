import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { docsPage } from '../../src/http/docs-page.ts'
import { documentedRoutes } from '../../src/http/documented-routes.ts'
import { type OpenApiDocument, openApiDocument } from '../../src/http/openapi.ts'
import { openDoor } from './door.ts'

const NASTY = `<script>alert("1")</script>&'"`
const ESCAPED = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;&quot;'

/** The document with hostile text everywhere, except where the page's structure needs it. */
const nasty = (): OpenApiDocument => {
  const kept = new Set(['tags', '$ref', 'type', 'in', 'security', 'openapi', 'x-access'])
  const spoiled = (value: unknown, key = ''): unknown => {
    if (typeof value === 'string') return kept.has(key) ? value : `${value}${NASTY}`
    if (Array.isArray(value)) return value.map((part) => spoiled(part, key))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => [
        key === 'tags' && name === 'name' ? name : name,
        name === 'tags' ? part : spoiled(part, name),
      ]),
    )
  }
  return spoiled(openApiDocument()) as OpenApiDocument
}

describe('the reference page', () => {
  const door = openDoor()

  it('is public, and allows only its own style', async () => {
    const { status, headers, body } = await door().send('GET', '/docs', { key: null })
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(body) ?? []
    const hash = createHash('sha256').update(style).digest('base64')
    const policy = headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`style-src 'sha256-${hash}'`)
  })

  it('contains every operation with its path and a shell line, and every schema', async () => {
    const { html } = await docsPage(openApiDocument())
    const routes = documentedRoutes()
    for (const { operationId, path, operation } of routes) {
      expect(html).toContain(`<article id="${operationId}">`)
      expect(html).toContain(`href="#${operationId}"`)
      expect(html).toContain(`<code>${path}</code>`)
      expect(html).toContain(operation.summary.replaceAll("'", '&#39;'))
    }
    expect(html.split('<pre>')).toHaveLength(routes.length + 1)
    expect(html).toContain('curl -X POST &quot;$TOLLGATE_URL/api/usage/track&quot;')
    expect(html).toContain('$TOLLGATE_URL/api/organizations/$ORGANIZATION_ID&quot;')
    expect(html).toContain('/versions?catalog=$CATALOG&quot;')
    for (const name of Object.keys(openApiDocument().components?.schemas ?? {})) {
      expect(html).toContain(`id="schema-${name}"`)
    }
  })

  it('has no broken links', async () => {
    const { html } = await docsPage(openApiDocument())
    const ids = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
    const links = [...html.matchAll(/ href="([^"]+)"/g)].map(([, link]) => link as string)
    for (const link of links.filter((one) => !['openapi.json', 'docs/start'].includes(one))) {
      expect(link.startsWith('#') && ids.has(link.slice(1)), link).toBe(true)
    }
  })

  it('loads and runs nothing', async () => {
    const { html } = await docsPage(openApiDocument())
    expect(html).not.toMatch(/<script|<link|<img|<iframe| src=| on\w+=|@import|url\(/)
  })

  it('escapes every text of the document', async () => {
    const { html } = await docsPage(nasty())
    expect(html).not.toContain('<script')
    expect(html).toContain(ESCAPED)
    const tags = new Set([...html.matchAll(/<([a-z][a-z0-9]*)/g)].map(([, tag]) => tag))
    const known = new Set(
      [...(await docsPage(openApiDocument())).html.matchAll(/<([a-z][a-z0-9]*)/g)].map(
        ([, t]) => t,
      ),
    )
    for (const tag of tags) expect(known).toContain(tag)
  })
})
