import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { beforeAll, describe, expect, it } from 'vitest'
import { post } from '../frameworks/asking.ts'
import { freePort } from '../setup/next-application.ts'
import { NODE_ARGUMENTS } from '../setup/node-arguments.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { makeUserProject, printedIn, snippetsOf } from './user-project.ts'

/** Guides that begin with a server snippet. */
const SERVERS = ['express', 'fastify', 'hono']
const GUIDES = [...SERVERS, 'nextjs']
/** In the Next.js guide the second snippet is `lib/tollgate.ts`, which the others import. */
const snippets = GUIDES.flatMap((guide) => snippetsOf(`docs/guides/${guide}.md`)).map(
  ({ name, text }) => ({ name, text: text.replace("'@/lib/tollgate'", "'./nextjs-2.mjs'") }),
)

const newFolder = temporaryFolders()
let folder = ''
let compiled = ''
beforeAll(() => {
  folder = newFolder()
  compiled = ran(makeUserProject(folder, ['@hono', 'express', 'fastify', 'hono'], snippets))
}, 120_000)

const ran = (args: readonly string[]) => printedIn(folder, args)

describe('the framework guides', () => {
  it('have snippets that compile', () => {
    expect(snippets.length).toBeGreaterThanOrEqual(GUIDES.length)
    expect(compiled).toBe('')
  })

  it.each(SERVERS)(
    'show a %s server that meters its route, and stops on request',
    async (guide) => {
      const port = await freePort()
      const child = spawn(process.execPath, [...NODE_ARGUMENTS, join('out', `${guide}-1.mjs`)], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, PORT: String(port) },
      })
      const exit = once(child, 'exit')
      try {
        for await (const line of createInterface({ input: child.stdout })) {
          if (line === 'listening') break
        }
        const url = `http://localhost:${port}/chat`
        const asked = () => post(url, { 'x-organization': 'acme' })
        const { status, body, headers } = await asked()
        expect([status, body]).toEqual([200, { text: 'Hello' }])
        expect(headers.get('ratelimit')).toContain('"tokens-day";r=8000')
        expect((await post(url)).status).toBe(401)
        const statuses: number[] = []
        for (let call = 2; call <= 9; call += 1) statuses.push((await asked()).status)
        // The ninth call, as the guides state.
        expect(statuses).toEqual([...Array(7).fill(200), 429])
        const usageUrl = `http://localhost:${port}/usage`
        const usage = await fetch(usageUrl, { headers: { 'x-organization': 'acme' } })
        expect(await usage.json()).toContainEqual({ limit: 'tokens/day', used: 9_040, max: 10_000 })
        expect((await fetch(usageUrl)).status).toBe(401)
      } finally {
        child.kill('SIGTERM')
      }
      expect(await exit).toEqual([0, null])
    },
    60_000,
  )

  it('show Next.js modules that load and open nothing', () => {
    const names = snippets.map(({ name }) => name).filter((name) => name.startsWith('nextjs'))
    expect(names.length).toBeGreaterThan(2)
    const all = names.map((name) => `await import('./out/${name}.mjs')`)
    writeFileSync(join(folder, 'all.mjs'), [...all, `console.log('all loaded')`].join('\n'))
    expect(ran(['all.mjs'])).toBe('all loaded\n')
  })
})
