import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { makeUserProject, printedIn, snippetsOf } from './user-project.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const GUIDE = 'docs/guides/from-a-hand-written-tracker.md'
const guide = readFileSync(join(ROOT, GUIDE), 'utf8')
const snippets = snippetsOf(GUIDE)
const newFolder = temporaryFolders()

describe('the migration guide for a hand-written tracker', () => {
  it('has snippets that compile, with the stated output', { timeout: 120_000 }, () => {
    const folder = newFolder()
    const compile = makeUserProject(folder, [], snippets)
    const run = (args: readonly string[]) => printedIn(folder, args)
    expect(run(compile)).toBe('')
    // WebAssembly stays compiled while one engine is open, which halves the time of each further
    // opening.
    const all = [
      `import { createTollgate } from 'tollgate'`,
      `const keptOpen = await createTollgate({ database: 'memory' })`,
      ...snippets.map(({ name }) => `await import('./out/${name}.mjs')`),
      'await keptOpen.close()',
    ]
    writeFileSync(join(folder, 'all.mjs'), all.join('\n'))
    const promised = snippets.flatMap(({ text }) =>
      [...text.matchAll(/console\.log\(.*\) \/\/ (.+)$/gm)].map(([, said]) => said),
    )
    expect(promised.length).toBeGreaterThan(5)
    expect(run(['all.mjs']).trim().split('\n')).toEqual(promised)
  })

  it('has a row for every table and function that its SQL creates', () => {
    const sql = readFileSync(join(ROOT, 'src/storage/familiar/names.sql'), 'utf8')
    const names = [...sql.matchAll(/create or replace (?:view|function) \{schema\}\.(\w+)/g)]
    expect(names.length).toBeGreaterThan(10)
    expect(names.map(([, name]) => name).filter((name) => !guide.includes(`\`${name}`))).toEqual([])
  })

  it('has a row for every name of the entry point', async () => {
    const { familiarNames } = await import('../../src/familiar/index.ts')
    const names = Object.keys(familiarNames(() => Promise.reject(new Error('not opened'))))
    expect(names.filter((name) => !guide.includes(name))).toEqual([])
  })
})
