import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, renameSync } from 'node:fs'
import { createServer } from 'node:net'
import { basename, join, resolve } from 'node:path'
import { expect, vi } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const UP_MS = 60_000
/** What an application may have beside its sources, where somebody has run it. */
const NOT_SOURCES = ['node_modules', '.next', '.tollgate', 'next-env.d.ts', 'tollgate.tgz']

/** An application of Next, in a folder of its own with the package as it is published. */
export interface NextApplication {
  readonly folder: string
  readonly url: (path: string) => string
  run(command: string, ...args: string[]): string
  /** Resolves when `path` is answered. */
  start(command: 'start' | 'dev', path: string): Promise<ChildProcess>
  /** The same application once more, at a port of its own and with this besides. */
  beside(env: Readonly<Record<string, string>>): Promise<NextApplication>
  stop(child: ChildProcess): Promise<void>
  stopAll(): Promise<void>
}

/** Copies an application's sources to an empty folder and installs what it names. */
export const installNextApplication = async (
  sources: string,
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<NextApplication> => {
  cpSync(sources, folder, {
    recursive: true,
    filter: (path) => path === sources || !NOT_SOURCES.includes(basename(path)),
  })
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
    stdio: 'pipe',
  })
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  renameSync(join(folder, `tollgate-${version}.tgz`), join(folder, 'tollgate.tgz'))
  const application = await applicationIn(folder, env)
  application.run('npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts')
  return application
}

/** An installed application, with this in its environment. */
const applicationIn = async (
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<NextApplication> => {
  const whole = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', ...env }
  const run = (command: string, ...args: string[]): string =>
    execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe', env: whole })
  const port = await freePort()
  const url = (path: string): string => `http://127.0.0.1:${port}${path}`
  const running = new Set<ChildProcess>()
  const stop = async (child: ChildProcess): Promise<void> => {
    running.delete(child)
    if (child.exitCode !== null) return
    const exit = once(child, 'exit')
    // Its own group: Next starts a process for the server.
    process.kill(-(child.pid as number), 'SIGTERM')
    await exit
  }
  return {
    folder,
    url,
    run,
    stop,
    start: async (command, path) => {
      const next = join(folder, 'node_modules/next/dist/bin/next')
      const child = spawn(process.execPath, [next, command, '-p', String(port)], {
        cwd: folder,
        stdio: 'ignore',
        detached: true,
        env: whole,
      })
      running.add(child)
      const isUp = async () => expect((await fetch(url(path))).status).toBeLessThan(500)
      await vi.waitFor(isUp, { timeout: UP_MS, interval: 250 })
      return child
    },
    beside: (more) => applicationIn(folder, { ...env, ...more }),
    stopAll: async () => {
      await Promise.all([...running].map(stop))
    },
  }
}

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}
