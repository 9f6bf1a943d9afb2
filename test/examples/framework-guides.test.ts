import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { beforeAll, describe, expect, it } from 'vitest'
import { post } from '../frameworks/asking.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const TSC = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
)
/** Guides whose first snippet is a server. */
const SERVERS = ['express', 'fastify', 'hono']
const GUIDES = [...SERVERS, 'nextjs']
/** What snippets use beside the package. */
const LIBRARIES = ['@types', '@hono', 'express', 'fastify', 'hono']

const snippets = GUIDES.flatMap((guide) => {
  const text = readFileSync(join(ROOT, `docs/guides/${guide}.md`), 'utf8')
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ''], index) => ({
    name: `${guide}-${index + 1}`,
    code,
  }))
})

const newFolder = temporaryFolders()
let folder = ''
let compiled = ''
beforeAll(() => {
  folder = newFolder()
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(ROOT, join(folder, 'node_modules', 'tollgate'))
  for (const name of LIBRARIES) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  for (const { name, code } of snippets) writeFileSync(join(folder, `${name}.mts`), code)
  const compilerOptions = {
    ...{ strict: true, target: 'es2022', module: 'nodenext', outDir: 'out', skipLibCheck: true },
    ...{ lib: ['ES2022', 'DOM', 'DOM.Iterable'], types: ['node'] },
    typeRoots: [join(ROOT, 'node_modules/@types')],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  compiled = ran([TSC, '-p', folder])
}, 120_000)

const ran = (args: readonly string[]): string => {
  try {
    return execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    return `failed: ${stdout}${stderr}`
  }
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}

describe('the guides of frameworks', () => {
  it('have snippets that compile', () => {
    expect(snippets.length).toBeGreaterThanOrEqual(GUIDES.length)
    expect(compiled).toBe('')
  })

  it.each(SERVERS)(
    'show a server of %s that meters its route, and ends when told to',
    async (guide) => {
      const port = await freePort()
      const child = spawn(process.execPath, [join('out', `${guide}-1.mjs`)], {
        ...{ cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] },
        env: { ...process.env, PORT: String(port) },
      })
      const exit = once(child, 'exit')
      try {
        for await (const line of createInterface({ input: child.stdout })) {
          if (line === 'listening') break
        }
        const url = `http://localhost:${port}/chat`
        const { status, body, headers } = await post(url, { 'x-organization': 'acme' })
        expect([status, body]).toEqual([200, { text: 'Hello' }])
        expect(headers.get('ratelimit')).toContain('"tokens-day";r=8000')
        expect((await post(url)).status).toBe(401)
      } finally {
        child.kill('SIGTERM')
      }
      expect(await exit).toEqual([0, null])
    },
    60_000,
  )

  it('show modules for Next that load, and open nothing', () => {
    const names = snippets.map(({ name }) => name).filter((name) => name.startsWith('nextjs'))
    expect(names.length).toBeGreaterThan(2)
    const all = names.map((name) => `await import('./out/${name}.mjs')`)
    writeFileSync(join(folder, 'all.mjs'), [...all, `console.log('all loaded')`].join('\n'))
    expect(ran(['all.mjs'])).toBe('all loaded\n')
  })
})
