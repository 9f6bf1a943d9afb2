#!/usr/bin/env node
// Embeds .sql files, .lua files and catalogs in TypeScript modules, so that no bundler looks for
// them at run time. They are in src/storage, src/engine/counters/authority/redis and catalogs/. It
// also writes the client's table from src/operations, and Stripe's parameters for the tests. For
// the documents it writes the references of the environment and of events, the OpenAPI document,
// the final schema and llms.txt; for Grafana the dashboard. With --check it writes nothing, and
// exits with 1 if a file is out of date.
import { spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { z } from 'zod'
import { dashboardText } from './grafana-dashboard.mjs'
import { llmsText } from './llms-txt.mjs'
import { prettyJson } from './pretty-json.mjs'
import { schemaSql } from './schema-sql.mjs'
import { stripeParameters } from './stripe-parameters.mjs'

const storage = new URL('../src/storage/', import.meta.url)
const redis = new URL('../src/engine/counters/authority/redis/', import.meta.url)
const catalogs = new URL('../catalogs/', import.meta.url)

const read = async (folder) => {
  const names = await readdir(new URL(folder, storage)).catch(() => [])
  const files = names.filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    files.map(async (name) => ({
      name: name.slice(0, -'.sql'.length),
      // A checkout with CRLF must not look like a changed migration.
      text: (await readFile(new URL(folder + name, storage), 'utf8')).replaceAll('\r\n', '\n'),
    })),
  )
}

const quoted = (text) => `\`${text.replace(/[\\`]|\$(?=\{)/g, '\\$&')}\``

const list = (name, files) =>
  `export const ${name}: readonly SqlFile[] = [\n` +
  files
    .map((file) => `  {\n    name: '${file.name}',\n    text: ${quoted(file.text)},\n  },\n`)
    .join('') +
  ']\n'

const migrations = await read('migrations/')
const functions = await read('functions/')
const sqlModule = `// Written by scripts/gen.mjs: change the .sql files beside this folder, then \`npm run gen\`.
import type { SqlFile } from '../sql-files.ts'

/** In the order in which they are applied. */
${list('migrations', migrations)}
/** In the order in which they are created. */
${list('functions', functions)}
/** The names that hand-written trackers have; {schema} stands for where they go. */
export const familiarNames = ${quoted((await read('familiar/'))[0].text)}
`

const lua = async (name) =>
  quoted((await readFile(new URL(`${name}.lua`, redis), 'utf8')).replaceAll('\r\n', '\n'))

const luaModule = `// Written by scripts/gen.mjs: change the .lua files beside this folder, then \`npm run gen\`.

/** The common start of both scripts. */
export const counters = ${await lua('counters')}

export const take = ${await lua('take')}

export const give = ${await lua('give')}
`

const catalogNames = (await readdir(catalogs)).filter((name) => name.endsWith('.json')).sort()
const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
const versionModule = `// Written by scripts/gen.mjs: change package.json, then \`npm run gen\`.

export const version = '${manifest.version}'
`

const catalogModule = `// Written by scripts/gen.mjs: change catalogs/*.json, then \`npm run gen\`.

/** The built-in catalogs by name, as they stand in catalogs/. */
export const builtInCatalogs: Readonly<Record<string, unknown>> = {
${(
  await Promise.all(
    catalogNames.map(async (name) => {
      const document = JSON.parse(await readFile(new URL(name, catalogs), 'utf8'))
      return `  '${name.slice(0, -'.json'.length)}': ${JSON.stringify(document)},\n`
    }),
  )
).join('')}}
`

/** Modules built from src in a separate folder, without a type check. */
const declared = async () => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const aside = join(root, `.gen-${process.pid}`)
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))
  const options = ['--outDir', aside, '--noCheck', '--declaration', 'false']
  try {
    const tsc = join(typescript, 'bin', 'tsc')
    const { status } = spawnSync(process.execPath, [tsc, ...options], {
      cwd: root,
      stdio: 'inherit',
    })
    if (status !== 0) throw new Error('src/operations does not compile')
    const compiled = (path) => import(pathToFileURL(join(aside, path)).href)
    const [
      { operations },
      { pageFieldOf },
      { operationOfLine },
      { VARIABLES },
      { EVENT_KINDS },
      { openApiDocument },
    ] = await Promise.all([
      compiled('operations/index.js'),
      compiled('operations/operation.js'),
      compiled('client/wire-line.js'),
      compiled('cli/variables.js'),
      compiled('contract/domain-event-kinds.js'),
      compiled('http/openapi.js'),
    ])
    const { migrate } = await compiled('storage/migrate.js')
    return {
      operations: operations.map((one) => ({ ...one, isPaged: pageFieldOf(one) !== undefined })),
      operationOfLine,
      variables: Object.entries(VARIABLES),
      kinds: Object.entries(EVENT_KINDS),
      openApi: prettyJson(openApiDocument()),
      schema: await schemaSql({ migrations, functions, migrate }),
    }
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}

/**
 * `POST ^/track keyed body !decision`: as short as possible, because browsers load it. It omits the
 * defaults of `operationOfLine`, and abbreviates common path prefixes to one character.
 */
const lineOf = ({ about, body, http, method, path, query, repeat }) =>
  [
    method.toUpperCase(),
    path
      .replace(/^\/api\/organizations\/\{organizationId\}/, '~')
      .replace(/^\/api\/usage/, '^')
      .replace(/^\/api\/admin/, '*'),
    repeat !== (method === 'get' ? 'read' : 'never') && repeat,
    about && about !== 'path' && `of=${about === 'each event' ? 'each' : about}`,
    (method === 'post' || method === 'patch') && !body && 'bare',
    body && query && `query=${Object.keys(query.shape)}`,
    http.wrap && `wrap=${http.wrap}`,
    ['decision', 'replayable', 'lines', 'events', 'raw'].includes(http.form) && `form=${http.form}`,
    http.headers && `header=${Object.entries(http.headers).map((entry) => entry.join(':'))}`,
  ]
    .filter(Boolean)
    .join(' ')

const { operations, operationOfLine, variables, kinds, openApi, schema } = await declared()

const cell = (text) => text.replaceAll('|', '\\|')
const environmentPage = `# Environment variables

What \`tollgate start\` and the other commands look at. An option of the command line beats its variable. A variable that begins with \`TOLLGATE_\` and is not here is warned of, with the nearest name. (Written by \`npm run gen\` from src/cli/variables.ts.)

| variable | says | example |
|---|---|---|
${variables.map(([name, { says, example }]) => `| \`${name}\` | ${cell(says)} | \`${cell(example)}\` |\n`).join('')}`

/** A field of an event, as a table cell. */
const fieldOf = ([name, schema], required) => {
  const { type, anyOf, format, description, properties } = schema
  const types = anyOf ? anyOf.map((one) => one.type) : [type]
  const shown = format === 'date-time' ? 'instant' : types.join(' or ')
  const inner = properties ? ` of ${Object.keys(properties).join(', ')}` : ''
  const isOptional = required.includes(name) ? '' : ', optional'
  return `\`${name}\` (${shown}${inner}${isOptional})${description ? `: ${description}` : ''}`
}

const eventsPage = `# Kinds of events

Tollgate sends these events to endpoints; \`domainEvents.list\` lists them. An endpoint subscribes to kinds, or to a group of them (\`invoice.*\`). A later version may add fields. It removes none and changes no meaning. [The guide](../guides/webhooks.md) shows how to receive them; people are told by [channels](../guides/alert-channels.md). (Written by \`npm run gen\` from src/contract/domain-event-kinds.ts.)

| kind | says | data |
|---|---|---|
${kinds
  .map(([name, { says, data }]) => {
    const { properties, required = [] } = z.toJSONSchema(data, { io: 'output' })
    const fields = Object.entries(properties).map((entry) => fieldOf(entry, required))
    return `| \`${name}\` | ${cell(says)} | ${cell(fields.join('; '))} |\n`
  })
  .join('')}`

/**
 * The operations in the client's first file: what a product calls for each of its own requests, and
 * what a page reads to show usage. A page loads the others with the first call of one of them.
 */
const HOT_PATH = [
  ...['check', 'track', 'reserve', 'extend', 'settle', 'release', 'record', 'reverse', 'explain'],
  ...['usage.current', 'usage.quota', 'usage.daily', 'usage.dashboard'],
]
const isHot = ({ name }) => HOT_PATH.includes(name)
const hotText = (one) => {
  const parts = Object.entries(operationOfLine(lineOf(one))).filter(([, value]) => value)
  return inspect(Object.fromEntries(parts), { breakLength: Number.POSITIVE_INFINITY })
}
const hotModule = `// Written by scripts/gen.mjs: change src/operations, then \`npm run gen\`.
import type { WireOperation } from '../wire-operation.ts'

/** The operations of the hot path by name, as \`operationOfLine\` reads them. */
export const HOT: Readonly<Record<string, WireOperation>> = {
${operations
  .filter(isHot)
  .map((one) => `  '${one.name}': ${hotText(one)},\n`)
  .join('')}}
`

const late = operations.filter((one) => !isHot(one))
const wireModule = `// Written by scripts/gen.mjs: change src/operations, then \`npm run gen\`.

/** Every operation outside the hot path by name, encoded for \`operationOfLine\`. */
export const WIRE: Readonly<Record<string, string>> = {
${late.map((one) => `  '${one.name}': '${lineOf(one)}',\n`).join('')}}
`

const resourceOf = ({ name }) => name.slice(0, name.lastIndexOf('.'))
const verbOf = ({ name, isPaged }) => name.slice(name.lastIndexOf('.') + 1) + (isPaged ? '*' : '')
const resources = [...new Set(late.map(resourceOf))]
const namesModule = `// Written by scripts/gen.mjs: change src/operations, then \`npm run gen\`.

/** The operations outside the hot path: a resource and its verbs. \`*\` marks a list in pages. */
export const LATE_NAMES = \`${resources
  .map((resource) => {
    const verbs = late.filter((one) => resourceOf(one) === resource).map(verbOf)
    return [resource, ...verbs].join(' ')
  })
  .join('\n')}\`
`

/** The operations that pages of tollgate/react read. Only these, because browsers load them. */
const READ_BY_PAGES = [
  ...['usage.current', 'usage.dashboard', 'usage.history', 'usage.live', 'usage.overage'],
  ...['usage.recommendation', 'subscriptions.plans', 'invoices.list', 'invoices.preview'],
]
const pagesModule = `// Written by scripts/gen.mjs: change src/operations, then \`npm run gen\`.

/** The read operations of pages, encoded for \`operationOfLine\`. */
export const READS = {
${operations
  .filter(({ name }) => READ_BY_PAGES.includes(name))
  .map((one) => `  '${one.name}': '${lineOf(one)}',\n`)
  .join('')}} as const

export type ReadName = keyof typeof READS
`

const eventKindsModule = `// Written by scripts/gen.mjs: change src/contract/domain-event-kinds.ts, then \`npm run gen\`.

/** Every kind of event and what it says, without the schemas, which a browser does not load. */
export const EVENT_KINDS: Readonly<Record<string, string>> = {
${kinds.map(([name, { says }]) => `  '${name}': ${JSON.stringify(says)},\n`).join('')}}
`

const targets = [
  [new URL('../ops/grafana/tollgate.json', import.meta.url), dashboardText()],
  [new URL('../console/generated/event-kinds.ts', import.meta.url), eventKindsModule],
  [new URL('../src/react/generated/wire.ts', import.meta.url), pagesModule],
  [new URL('../src/client/generated/hot-path.ts', import.meta.url), hotModule],
  [new URL('../src/client/generated/names.ts', import.meta.url), namesModule],
  [new URL('../src/client/generated/wire.ts', import.meta.url), wireModule],
  [new URL('generated/sql.ts', storage), sqlModule],
  [new URL('generated/scripts.ts', redis), luaModule],
  [new URL('../src/engine/generated/catalogs.ts', import.meta.url), catalogModule],
  [new URL('../src/engine/generated/version.ts', import.meta.url), versionModule],
  [stripeParameters.target, stripeParameters.text],
  [new URL('../docs/reference/environment.md', import.meta.url), environmentPage],
  [llmsText.target, llmsText.text],
  [new URL('../docs/reference/events.md', import.meta.url), eventsPage],
  [new URL('../docs/reference/openapi.json', import.meta.url), openApi],
  [schema.target, schema.text],
]
for (const [target, wanted] of targets) {
  const present = await readFile(target, 'utf8').catch(() => '')
  if (present === wanted) continue
  if (process.argv.includes('--check')) {
    console.error(`${fileURLToPath(target)} is out of date: run \`npm run gen\`.`)
    process.exit(1)
  }
  await mkdir(new URL('.', target), { recursive: true })
  await writeFile(target, wanted)
  console.log(`Wrote ${fileURLToPath(target)}`)
}
