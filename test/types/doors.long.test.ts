import { mkdirSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { faultsOf, writeProject } from './user-project.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const require = createRequire(import.meta.url)

const COMPILERS = ['typescript', 'typescript-5'].map((name) => {
  const folder = dirname(require.resolve(`${name}/package.json`))
  const { version } = require(`${name}/package.json`) as { version: string }
  return { version, bin: join(folder, 'bin', 'tsc') }
})

const CONSUMERS = ['browser.ts', 'components.ts', 'frameworks.ts', 'models.ts', 'server.ts']
const newFolder = temporaryFolders()

/** A user's project with the built package and no other code of ours. */
const projectOf = (options: Record<string, unknown>): string => {
  const folder = newFolder()
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(ROOT, join(folder, 'node_modules', 'tollgate'))
  writeProject(folder, CONSUMERS, {
    exactOptionalPropertyTypes: true,
    typeRoots: [join(ROOT, 'node_modules/@types')],
    lib: ['ES2022', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
    ...options,
  })
  return folder
}

/** No entry point needs Node's types; with them, nothing may conflict. */
const WAYS = [
  ['node16', []],
  ['nodenext', []],
  ['bundler', []],
  ['nodenext', ['node']],
] as const

describe.each(COMPILERS)(
  'with TypeScript $version',
  ({ bin }) => {
    it.each(WAYS)(
      'every entry point compiles by %s with the types [%s]',
      (moduleResolution, types) => {
        const module = moduleResolution === 'bundler' ? 'esnext' : moduleResolution
        const folder = projectOf({ module, moduleResolution, types })
        expect(faultsOf(bin, folder)).toBe('')
      },
    )
  },
  120_000,
)
