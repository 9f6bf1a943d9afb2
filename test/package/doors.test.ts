import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import ts from 'typescript-5'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolders } from '../setup/temporary-folder.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const require = createRequire(import.meta.url)
const { exports, sideEffects } = require('../../package.json') as {
  exports: Record<string, unknown>
  sideEffects: readonly string[]
}
const DOORS = Object.keys(exports)
  .filter((path) => !/\.(json|css)$/.test(path))
  .map((path) => path.replace(/^\./, 'tollgate'))

/** The JSON output of a process in an empty application with the built package. */
const printedBy = (folder: string, name: string, source: string): unknown => {
  const file = join(folder, name)
  writeFileSync(file, source)
  return JSON.parse(execFileSync(process.execPath, [file], { encoding: 'utf8' }))
}

describe('every entry point of the package', () => {
  const newFolder = temporaryFolders()
  let required: Record<string, readonly string[]>
  let imported: Record<string, readonly string[]>
  beforeAll(() => {
    const folder = newFolder()
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(ROOT, join(folder, 'node_modules', 'tollgate'))
    const doors = JSON.stringify(DOORS)
    required = printedBy(
      folder,
      'main.cjs',
      `console.log(JSON.stringify(Object.fromEntries(
         ${doors}.map((door) => [door, Object.keys(require(door)).sort()]))))`,
    ) as typeof required
    imported = printedBy(
      folder,
      'main.mjs',
      `console.log(JSON.stringify(Object.fromEntries(await Promise.all(
         ${doors}.map(async (door) => [door, Object.keys(await import(door)).sort()])))))`,
    ) as typeof imported
  })

  it.each(DOORS)('exports the same by require and by import: %s', (door) => {
    expect(imported[door]?.length).toBeGreaterThan(0)
    // Node names a module by this where `require` would take it for its default export.
    const own = required[door]?.filter((name) => name !== '__esModule')
    expect(own).toEqual(imported[door])
  })
})

describe('an unused import', () => {
  /** The top-level code that a module may have without side effects. */
  const DECLARATIONS = new Set([
    ...[ts.SyntaxKind.ImportDeclaration, ts.SyntaxKind.ExportDeclaration],
    ...[ts.SyntaxKind.VariableStatement, ts.SyntaxKind.FunctionDeclaration],
    ...[ts.SyntaxKind.ClassDeclaration, ts.SyntaxKind.InterfaceDeclaration],
    ...[ts.SyntaxKind.TypeAliasDeclaration, ts.SyntaxKind.ModuleDeclaration],
  ])
  /** These finish objects that the module itself created. */
  const OF_THEIR_OWN = ['frameworks/fastify.ts', 'journal/scan.ts']

  it('can be left out of a bundle: only declared modules have side effects', () => {
    const src = join(ROOT, 'src')
    const doing = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
      .filter((file) => {
        const text = readFileSync(join(src, file), 'utf8')
        const { statements } = ts.createSourceFile(file, text, ts.ScriptTarget.Latest)
        // `'use client'` is a bundler directive.
        const isDirective = (statement: ts.Statement) =>
          ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression)
        return statements.some((one) => !DECLARATIONS.has(one.kind) && !isDirective(one))
      })
      .filter((file) => !OF_THEIR_OWN.includes(file))
      .map((file) => `./dist/${file.replace(/\.ts$/, '.js')}`)
    // A style sheet is imported only for its side effect.
    const all = ['./bin/tollgate.js', './dist/react/*.css', ...doing]
    expect(all.sort()).toEqual([...sideEffects].sort())
  })
})
