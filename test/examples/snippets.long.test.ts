import { readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { makeUserProject, printedIn, snippetsOf } from './user-project.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const documents = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs/concepts')).map((file) => `docs/concepts/${file}`),
]
const snippets = documents.flatMap(snippetsOf).map((snippet) => ({
  ...snippet,
  /** Why it cannot be run here, as its first line says. */
  needs: /^\/\/ not run: (.+)/.exec(snippet.text)?.[1],
}))

const newFolder = temporaryFolders()

describe('the snippets of the documents', () => {
  it('are there, and most of them can be run', () => {
    expect(snippets.length).toBeGreaterThan(10)
    expect(snippets.filter(({ needs }) => needs === undefined).length).toBeGreaterThan(8)
  })

  it('compile, and run to their end', { timeout: 120_000 }, () => {
    const folder = newFolder()
    const compile = makeUserProject(folder, ['drizzle-orm', 'kysely', 'pg'], snippets)
    const run = (args: readonly string[]) => printedIn(folder, args)
    expect(run(compile)).toBe('')
    const runnable = snippets.filter(({ needs }) => needs === undefined)
    // The WebAssembly stays compiled while one engine is open, which halves each further opening.
    const all = [
      `import { createTollgate } from 'tollgate'`,
      `const keptOpen = await createTollgate()`,
      ...runnable.map(({ name }) => `await import('./out/${name}.mjs')`),
      `await keptOpen.close()`,
      `console.log('all ran')`,
    ]
    writeFileSync(join(folder, 'all.mjs'), `${all.join('\n')}\n`)
    expect(run(['all.mjs'])).toMatch(/all ran\n$/)
  })
})
