import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { createHandler, type Handler } from '../../src/server.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { openDoor } from './door.ts'

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
const SCRIPT = `export const words = ${JSON.stringify('a long script '.repeat(200))}\n`
const STYLE = `body { color: red }\n`.repeat(50)
const FONT = new Uint8Array([1, 2, 3, 4])
const PAGE = `<!doctype html><html><head><link rel="stylesheet" href="./assets/index-a1.css">
<script type="module" src="./assets/index-a1.js"></script></head><body></body></html>`

describe('the console', () => {
  const door = openDoor()
  const folderFor = temporaryFolders()

  const built = (basePath = ''): Handler => {
    const above = folderFor()
    const folder = join(above, 'console')
    mkdirSync(join(folder, 'assets'), { recursive: true })
    writeFileSync(join(above, 'secret.js'), 'the secret')
    writeFileSync(join(folder, 'index.html'), PAGE)
    writeFileSync(join(folder, 'theme.js'), 'document.documentElement.dataset.theme = "dark"')
    writeFileSync(join(folder, 'assets', 'index-a1.js'), SCRIPT)
    writeFileSync(join(folder, 'assets', 'index-a1.css'), STYLE)
    writeFileSync(join(folder, 'assets', 'index-a1.css.br'), brotliCompressSync(STYLE))
    writeFileSync(join(folder, 'assets', 'geist-a1.woff2'), FONT)
    symlinkSync(join(above, 'secret.js'), join(folder, 'assets', 'linked.js'))
    return createHandler(door().tollgate, { basePath, consoleFolder: folder })
  }
  const get = (handler: Handler, path: string, headers: Record<string, string> = {}) =>
    handler(new Request(`http://tollgate.test${path}`, { headers }))

  it.each(['', '/api/tollgate'])('is served below %j with its own policy', async (base) => {
    const handler = built(base)
    const page = await get(handler, `${base}/console`)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-security-policy')).toBe(POLICY)
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.headers.get('cache-control')).toBe('no-cache')
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    const script = await get(handler, `${base}/console/assets/index-a1.js`)
    expect(await script.text()).toBe(SCRIPT)
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(script.headers.get('x-content-type-options')).toBe('nosniff')
    expect((await get(handler, `${base}/console/theme.js`)).headers.get('cache-control')).toBe(
      'no-cache',
    )
  })

  it.each(['', '/api/tollgate'])('finds its files from every page, below %j', async (base) => {
    const handler = built(base)
    const places = ['', '/', '/customers', '/customers/', '/customers/acme/limits', '/a/b/c/d']
    for (const place of places) {
      const url = `http://tollgate.test${base}/console${place}`
      const page = await get(handler, `${base}/console${place}`)
      expect(page.status, place).toBe(200)
      const links = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)]
      const found = links.map(([, link = '']) => new URL(link, url).pathname)
      expect(found, place).toEqual([
        `${base}/console/assets/index-a1.css`,
        `${base}/console/assets/index-a1.js`,
      ])
    }
  })

  it('answers 404 for a missing file, and reveals nothing outside its folder', async () => {
    const handler = built('/api/tollgate')
    for (const path of [
      '/console/assets/gone.js',
      '/console/secret.js',
      '/console/../secret.js',
      '/console/..%2fsecret.js',
      '/console/%2e%2e%2fsecret.js',
      '/console/assets/..%2f..%2f..%2fsecret.js',
      '/console/..%5csecret.js',
      '/console/assets/%00.js',
      '/console/assets/%ff.js',
      '/console/assets/linked.js',
      '/consolex',
    ]) {
      const { status, headers } = await get(handler, `/api/tollgate${path}`)
      expect([status, headers.get('content-type')], path).toEqual([404, 'application/problem+json'])
    }
    expect((await get(handler, '/console')).status).toBe(404)
  })

  it('sends precompressed files, compresses others, and leaves small ones', async () => {
    const handler = built()
    const all = { 'accept-encoding': 'gzip, deflate, br' }
    const style = await get(handler, '/console/assets/index-a1.css', all)
    expect(style.headers.get('content-encoding')).toBe('br')
    expect(brotliDecompressSync(await style.arrayBuffer()).toString()).toBe(STYLE)
    for (const _ of ['packed', 'kept']) {
      const script = await get(handler, '/console/assets/index-a1.js', all)
      expect(script.headers.get('content-encoding')).toBe('gzip')
      expect(script.headers.get('vary')).toBe('accept-encoding')
      expect(gunzipSync(await script.arrayBuffer()).toString()).toBe(SCRIPT)
    }
    const page = await get(handler, '/console/customers', all)
    expect(gunzipSync(await page.arrayBuffer()).toString()).toContain('src="./assets/index-a1.js"')
    const refused = await get(handler, '/console/assets/index-a1.js', {
      'accept-encoding': 'br;q=0, gzip;q=0, identity',
    })
    expect([refused.headers.get('content-encoding'), await refused.text()]).toEqual([null, SCRIPT])
    const font = await get(handler, '/console/assets/geist-a1.woff2', all)
    expect(font.headers.get('content-encoding')).toBeNull()
    expect(new Uint8Array(await font.arrayBuffer())).toEqual(FONT)
  })

  it('is not resent to a client that has it, and answers HEAD without a body', async () => {
    const handler = built()
    const { headers } = await get(handler, '/console')
    const etag = headers.get('etag') ?? ''
    expect((await get(handler, '/console', { 'if-none-match': etag })).status).toBe(304)
    expect((await get(handler, '/console', { 'if-none-match': 'W/"other"' })).status).toBe(200)
    const head = await handler(new Request('http://tollgate.test/console', { method: 'HEAD' }))
    expect([head.status, await head.text()]).toEqual([200, ''])
    const posted = await handler(new Request('http://tollgate.test/console/x', { method: 'POST' }))
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it.each(['', '/api/tollgate'])('redirects only browsers to itself, from %j', async (base) => {
    const handler = built(base)
    const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
    const sent = await get(handler, `${base}/`, browser)
    expect([sent.status, sent.headers.get('location')]).toEqual([302, `${base}/console`])
    const told = await get(handler, `${base}/`, { accept: '*/*' })
    expect(told.status).toBe(200)
    expect(await told.text()).toContain('<h1>Tollgate</h1>')
    expect((await get(handler, `${base}/docs/start`, browser)).status).toBe(200)
  })

  it('explains how to build it if missing, and is served once built', async () => {
    const folder = join(folderFor(), 'console')
    const handler = createHandler(door().tollgate, { consoleFolder: folder })
    const missing = await get(handler, '/console/customers')
    expect(missing.status).toBe(404)
    expect(await missing.json()).toMatchObject({
      code: 'not_found',
      detail: 'The console was not built with this server: run `npm run build` in its folder.',
    })
    expect((await get(handler, '/', { accept: 'text/html' })).status).toBe(200)
    mkdirSync(folder)
    writeFileSync(join(folder, 'index.html'), PAGE)
    expect((await get(handler, '/console/customers')).status).toBe(200)
  })
})
