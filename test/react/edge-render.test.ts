import { resolve } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

const FOLDER = import.meta.dirname

/** Renders what is read and what is given, as a worker does for a request. */
const WORKER = `
import { createElement as e } from 'react'
import { renderToReadableStream, renderToString } from 'react-dom/server'
import {
  ApiKeys, BillingOverview, german, LimitWarning, PlanPicker, TollgateProvider, UsageDashboard,
  UsageHistory, UsageIndicator,
} from './index.ts'
import { keys, plans, preview, report } from '${FOLDER}/parts-page/samples.ts'

const page = e(
  TollgateProvider,
  {
    baseUrl: '/billing',
    organizationId: 'northlight',
    getToken: () => Promise.reject(new Error('a server asks for none')),
    initialData: { 'usage.dashboard': report, 'invoices.preview': preview },
    messages: german,
    locale: 'de-DE',
  },
  e(UsageDashboard),
  e(UsageHistory),
  e(UsageIndicator),
  e(LimitWarning),
  e(BillingOverview),
  e(PlanPicker, { plans }),
  e(ApiKeys, { keys }),
)
globalThis.asText = () => renderToString(page)
globalThis.asStream = async () => new Response(await renderToReadableStream(page)).text()
`

const bundled = async (conditions: string[]): Promise<string> => {
  const { outputFiles } = await build({
    stdin: { contents: WORKER, resolveDir: resolve(FOLDER, '../../src/react'), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    mainFields: ['module', 'main'],
    conditions,
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  return outputFiles[0]?.text ?? ''
}

/** What these runtimes have beside the language: no Node, no page. */
const WEB = [
  ...['AbortController', 'AbortSignal', 'Blob', 'DOMException', 'Event', 'EventTarget'],
  ...['Headers', 'MessageChannel', 'ReadableStream', 'Request', 'Response', 'TextDecoder'],
  ...['TextDecoderStream', 'TextEncoder', 'TransformStream', 'URL', 'URLSearchParams'],
  ...['WritableStream', 'clearTimeout', 'console', 'crypto', 'fetch', 'performance'],
  ...['queueMicrotask', 'setTimeout', 'structuredClone'],
] as const

describe.each([
  ['workerd', ['workerd', 'worker']],
  ['Next.js at the edge', ['edge-light', 'worker']],
  ['a plain worker', ['worker']],
])('server rendering in %s', (_, conditions) => {
  it('needs neither Node nor a page, as text and as a stream', async () => {
    const code = await bundled(conditions)
    const web = Object.fromEntries(WEB.map((name) => [name, globalThis[name]]))
    const context = createContext(web)
    runInContext(code, context)
    const worker = context as unknown as { asText(): string; asStream(): Promise<string> }
    const text = worker.asText()
    expect(text).toContain('48.812,4')
    expect(text).toContain('tg-billing')
    expect(text).toContain('tg-plans')
    expect(text).not.toMatch(/NaN|undefined|\[object/)
    expect(await worker.asStream()).toContain('48.812,4')
  })
})
