import { copyFileSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { faultsOf, writeProject } from './user-project.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const COMPILER = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
)
const newFolder = temporaryFolders()

/** All installed packages, by name. */
const installed = (): readonly string[] =>
  readdirSync(join(ROOT, 'node_modules'))
    .filter((name) => !name.startsWith('.') && name !== 'tollgate')
    .flatMap((name) =>
      name.startsWith('@')
        ? readdirSync(join(ROOT, 'node_modules', name)).map((part) => `${name}/${part}`)
        : [name],
    )

/** What the compiler says of a user's project that has only these packages and ours. */
const faultsWith = (packages: readonly string[], files: readonly string[]): string => {
  const folder = newFolder()
  const inside = (name: string) => join(folder, 'node_modules', name)
  mkdirSync(inside('tollgate'), { recursive: true })
  copyFileSync(join(ROOT, 'package.json'), join(inside('tollgate'), 'package.json'))
  symlinkSync(join(ROOT, 'dist'), join(inside('tollgate'), 'dist'))
  for (const name of packages) {
    mkdirSync(dirname(inside(name)), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', name), inside(name))
  }
  writeProject(folder, files, {
    module: 'nodenext',
    // A link's own folder decides what it can see: else all packages of this project.
    preserveSymlinks: true,
  })
  return faultsOf(COMPILER, folder)
}

describe('a project without the types of Node, which checks every declaration', () => {
  it('compiles with the client, which needs no package but zod', () => {
    expect(faultsWith(['zod'], ['browser.ts'])).toBe('')
  }, 60_000)

  it('compiles with every entry point', () => {
    const packages = installed().filter((name) => name !== '@types/node')
    expect(packages).not.toHaveLength(installed().length)
    const files = readdirSync(join(import.meta.dirname, 'consumers'))
    expect(faultsWith(packages, files)).toBe('')
  }, 60_000)
})
