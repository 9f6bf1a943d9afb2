#!/usr/bin/env node
// Starts examples/ai-workspace from a fresh clone: packs Tollgate as for publishing, installs the
// application's packages, builds it and serves it on port 3000 (PORT). Steps with current results
// are skipped. With `dev` it serves from its sources, for editing.
import { execFileSync, spawn } from 'node:child_process'
import { readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const app = join(root, 'examples/ai-workspace')
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
const changedAtMs = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** Its own sources, without installed, built or stored files. */
const sourcesChangedAtMs = () =>
  Math.max(
    ...['app', 'workspace'].flatMap((folder) =>
      readdirSync(join(app, folder), { recursive: true }).map((file) =>
        changedAtMs(join(app, folder, file)),
      ),
    ),
    ...['next.config.ts', 'package.json', 'tsconfig.json'].map((file) =>
      changedAtMs(join(app, file)),
    ),
    changedAtMs(installed),
  )

const tarball = join(app, 'tollgate.tgz')
const installed = join(app, 'node_modules/.package-lock.json')
const isInstalled = () =>
  changedAtMs(installed) > Math.max(changedAtMs(tarball), changedAtMs(join(app, 'package.json')))

if (changedAtMs(tarball) < changedAtMs(join(root, 'dist/pglite-snapshot.json'))) {
  console.log('Packing Tollgate …')
  execFileSync(npm, ['pack', '--ignore-scripts', '--silent', '--pack-destination', app], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  renameSync(join(app, `tollgate-${version}.tgz`), tarball)
}
if (!isInstalled()) {
  console.log('Installing the packages of the example …')
  // The tarball has the same name and version as before, so npm would keep its cached copy.
  rmSync(join(app, 'node_modules/tollgate'), { recursive: true, force: true })
  rmSync(installed, { force: true })
  const args = ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error']
  execFileSync(npm, args, { cwd: app, stdio: 'inherit' })
}

const next = (...args) => [join(app, 'node_modules/next/dist/bin/next'), ...args]
const env = { NEXT_TELEMETRY_DISABLED: '1', ...process.env }
const [command = 'start', ...options] = process.argv.slice(2)
if (command === 'start' && changedAtMs(join(app, '.next/BUILD_ID')) < sourcesChangedAtMs()) {
  execFileSync(process.execPath, next('build'), { cwd: app, stdio: 'inherit', env })
}
const server = spawn(process.execPath, next(command, ...options), {
  cwd: app,
  stdio: 'inherit',
  env,
})
// Next.js receives Ctrl-C itself; a signal to this process is forwarded.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => server.kill('SIGTERM'))
server.on('exit', (code) => process.exit(code ?? 0))
