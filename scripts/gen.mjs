#!/usr/bin/env node
// Embeds the .sql files of src/storage, the .lua files of src/authority/redis and the catalogs of
// catalogs/ in TypeScript modules, so that no bundler ever looks for them at run time. With --check
// it writes nothing and exits 1 when a module is out of date.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const storage = new URL('../src/storage/', import.meta.url)
const redis = new URL('../src/authority/redis/', import.meta.url)
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

const sqlModule = `// Written by scripts/gen.mjs: change the .sql files beside this folder, then \`npm run gen\`.
import type { SqlFile } from '../sql-files.ts'

/** In the order in which they are applied. */
${list('migrations', await read('migrations/'))}
/** In the order in which they are created. */
${list('functions', await read('functions/'))}`

const lua = async (name) =>
  quoted((await readFile(new URL(`${name}.lua`, redis), 'utf8')).replaceAll('\r\n', '\n'))

const luaModule = `// Written by scripts/gen.mjs: change the .lua files beside this folder, then \`npm run gen\`.

/** What both scripts start with. */
export const counters = ${await lua('counters')}

export const take = ${await lua('take')}

export const give = ${await lua('give')}
`

const catalogNames = (await readdir(catalogs)).filter((name) => name.endsWith('.json')).sort()
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

const targets = [
  [new URL('generated/sql.ts', storage), sqlModule],
  [new URL('generated/scripts.ts', redis), luaModule],
  [new URL('../src/engine/generated/catalogs.ts', import.meta.url), catalogModule],
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
