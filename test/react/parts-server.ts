import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { afterAll, beforeAll } from 'vitest'
import { type Listener, listen } from '../../src/http/listen.ts'
import { PartsPage } from './parts-page/parts.tsx'

const ROOT = resolve(import.meta.dirname, '../..')
const { resolve: found } = createRequire(import.meta.url)

/** Typical stylesheets of hosts. */
const HOSTS: Readonly<Record<string, () => string>> = {
  none: () => '',
  tailwind: () => readFileSync(found('tailwindcss/preflight.css'), 'utf8'),
  bootstrap: () => readFileSync(found('bootstrap/dist/css/bootstrap.css'), 'utf8'),
  // Bad practice, but it occurs.
  hostile: () => `
    p, li, dd, td, th, button, input, label { margin: 7px; padding: 9px; letter-spacing: 2px; }
    button { background: hotpink; text-transform: uppercase; border-radius: 20px; }
    table { border: 3px solid hotpink; } h2, h3 { font-size: 40px; color: hotpink; }
    svg { width: 200px; vertical-align: top; } ul { list-style: square; padding: 40px; }
    a { color: hotpink; } b { font-weight: 100; } fieldset { border: 5px solid hotpink; }`,
}
export const HOST_NAMES = Object.keys(HOSTS)

/** The host's own markup. */
const HOST_HTML = `<div id="host"><h1>Host</h1><h2>Its heading</h2><p>Its <a href="/">link</a>,
<button>button</button> <input value="input"></p><ul><li>one</li><li>two</li></ul>
<table><tbody><tr><th>Head</th><td>Cell</td></tr></tbody></table></div>`

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"

interface Page {
  readonly hostCss?: string
  readonly body: string
  readonly script?: string
  readonly isOurs: boolean
}

const documentOf = ({
  hostCss,
  body,
  script = '/page.js',
  isOurs,
}: Page): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Parts</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
${hostCss === undefined ? '<link rel="stylesheet" href="/page.css">' : `<link rel="stylesheet" href="/hosts/${hostCss}.css"><link rel="stylesheet" href="/host.css">`}
${isOurs ? '<link rel="stylesheet" href="/styles.css">' : ''}
</head><body>${body}${isOurs ? `<script type="module" src="${script}"></script>` : ''}</body></html>`

type Answer = Response | undefined
export type PartsApi = (request: Request) => Answer | Promise<Answer>

/** Serves the page of all parts, host pages around it, and other requests of a test. */
export const serveParts = (api: PartsApi = () => undefined) => {
  let listener: Listener
  let files: Readonly<Record<string, string>> = {}
  let typeOf: (path: string) => string = () => ''
  const page = (url: URL): string | undefined => {
    const [, kind, name = '', isWithout] = url.pathname.split('/')
    if (kind === 'hosts') return HOSTS[name.replace('.css', '')]?.()
    if (kind === 'host.css') {
      return `#host { min-height: 300px } #ours { position: absolute; top: 1200px; left: 20px; width: 900px; --tg-font: "DejaVu Sans", sans-serif }`
    }
    if (kind === 'on') {
      const root = '<div id="ours"><div id="root"></div></div>'
      const body = HOST_HTML + (isWithout ? '' : root)
      return documentOf({ hostCss: name, body, isOurs: !isWithout })
    }
    if (kind === 'rendered') {
      const html = renderToString(createElement(PartsPage))
      return documentOf({ body: `<div id="root">${html}</div>`, isOurs: true })
    }
    if (kind === 'live') {
      const body = '<div id="root"></div>'
      return documentOf({ body, script: '/live.js', isOurs: true })
    }
    return files[url.pathname]
  }
  beforeAll(async () => {
    const built = (await import(resolve(ROOT, 'scripts/build-parts.mjs'))) as {
      buildParts: () => Promise<Record<string, string>>
      typeOf: (path: string) => string
    }
    files = await built.buildParts()
    typeOf = built.typeOf
    const handler = async (request: Request) => {
      const answer = await api(request)
      if (answer) return answer
      const url = new URL(request.url)
      const text = page(url)
      if (text === undefined) return new Response('', { status: 404 })
      return new Response(text, {
        headers: {
          'content-type': `${typeOf(url.pathname)}; charset=utf-8`,
          'content-security-policy': POLICY,
        },
      })
    }
    listener = await listen(handler as never, { host: '127.0.0.1', port: 0 })
  }, 60_000)
  afterAll(() => listener.close())
  return () => listener.url
}
