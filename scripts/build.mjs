#!/usr/bin/env node
// Builds dist/: the compiled code, the console, and the data folder of a fresh, migrated embedded
// database, so that a first start does not wait for initdb. With --if-stale it does nothing if dist
// is newer than all its sources. It builds in another folder and swaps at the end, so a process
// that runs from dist never sees half of it.
import { spawnSync } from 'node:child_process'
import { readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { buildReact } from './build-react.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const aside = join(root, `.dist-${process.pid}`)
const stampName = 'pglite-snapshot.json'

const changedAtMs = (path) => {
  const { mtimeMs } = statSync(path)
  // Includes folders, because only they show a removed file.
  const below = statSync(path).isDirectory()
    ? readdirSync(path).map((name) => join(path, name))
    : []
  return Math.max(mtimeMs, ...below.map(changedAtMs))
}

const isFresh = () => {
  const sources = [
    'src',
    'console',
    'scripts',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.react.json',
  ]
  const builtAtMs = statSync(join(dist, stampName), { throwIfNoEntry: false })?.mtimeMs ?? 0
  return sources.every((name) => changedAtMs(join(root, name)) < builtAtMs)
}

const run = (script, ...args) => {
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' })
  if (status !== 0) {
    rmSync(aside, { recursive: true, force: true })
    console.error(`The build stopped: ${script} failed.`)
    process.exit(1)
  }
}

const makeSnapshot = async () => {
  const compiled = (path) => import(pathToFileURL(join(aside, 'storage', path)).href)
  const { openPglite } = await compiled('pglite/open.js')
  const { currentStamp } = await compiled('pglite/snapshot.js')
  const { migrate } = await compiled('migrate.js')
  const database = await openPglite({ snapshot: false })
  try {
    await migrate(database)
    // Nothing is made from them, and they are a third of the files that each start would write.
    for (const name of ['template0', 'template1']) {
      await database.script(`alter database ${name} is_template false`)
      await database.script(`drop database ${name}`)
    }
    await database.script('checkpoint')
    writeFileSync(join(aside, 'pglite-snapshot.tar.gz'), await database.dump())
  } finally {
    await database.close()
  }
  return `${JSON.stringify(await currentStamp(), null, 2)}\n`
}

const removeAbandoned = () => {
  for (const name of readdirSync(root).filter((name) => /^\.dist-\d+$/.test(name))) {
    try {
      process.kill(Number(name.slice('.dist-'.length)), 0)
    } catch {
      rmSync(join(root, name), { recursive: true, force: true })
    }
  }
}

if (process.argv.includes('--if-stale') && isFresh()) process.exit(0)

const startedAtMs = Date.now()
removeAbandoned()
run(join(root, 'scripts', 'gen.mjs'))
const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))
run(join(typescript, 'bin', 'tsc'), '--outDir', aside)
const vite = dirname(createRequire(import.meta.url).resolve('vite/package.json'))
const config = join(root, 'console', 'vite.config.ts')
const to = join(aside, 'console')
run(
  join(vite, 'bin', 'vite.js'),
  'build',
  '--config',
  config,
  '--outDir',
  to,
  '--emptyOutDir',
  '--logLevel',
  'warn',
)
run(join(typescript, 'bin', 'tsc'), '-p', 'tsconfig.react.json', '--outDir', aside)
try {
  await buildReact(join(root, 'src', 'react'), join(aside, 'react'))
  // Written last: it tells --if-stale that the build is complete.
  writeFileSync(join(aside, stampName), await makeSnapshot())
  rmSync(dist, { recursive: true, force: true })
  renameSync(aside, dist)
} finally {
  rmSync(aside, { recursive: true, force: true })
}
console.log(`Built dist in ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s.`)
