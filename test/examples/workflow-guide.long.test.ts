import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { makeUserProject, printedIn, snippetsOf } from './user-project.ts'

const newFolder = temporaryFolders()

it('the workflow guide shows code that compiles, with the stated output', {
  timeout: 120_000,
}, () => {
  const folder = newFolder()
  const snippets = snippetsOf('docs/guides/workflows.md')
  expect(snippets.length).toBeGreaterThan(3)
  expect(printedIn(folder, makeUserProject(folder, ['@langchain'], snippets))).toBe('')
  const runnable = snippets.filter(({ text }) => !text.startsWith('// not run:'))
  const promised = runnable.flatMap(({ text }) =>
    [...text.matchAll(/^console\.log\(.*\) \/\/ (.+)$/gm)].map(([, said]) => said),
  )
  const all = runnable.map(({ name }) => `await import('./out/${name}.mjs')\n`)
  writeFileSync(join(folder, 'all.mjs'), all.join(''))
  expect(printedIn(folder, ['all.mjs']).trimEnd().split('\n')).toEqual(promised)
})
