import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { NODE_ARGUMENTS } from '../setup/node-arguments.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const TSC = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
)

/** A snippet of a document, as its own module. */
export interface Snippet {
  readonly name: string
  readonly text: string
}

/** The snippets of a document, named after it and numbered from 1. */
export const snippetsOf = (document: string): readonly Snippet[] => {
  const [, stem = ''] = /([^/]+)\.md$/.exec(document) ?? []
  const blocks = readFileSync(join(ROOT, document), 'utf8').matchAll(/```(?:ts|js)\n([\s\S]*?)```/g)
  return [...blocks].map(([, text = ''], index) => ({
    name: `${stem.toLowerCase()}-${index + 1}`,
    text,
  }))
}

/**
 * Creates a user's project in an empty folder: the built package, its snippets' dependencies, and
 * each snippet as `NAME.mts`. Returns Node's arguments that compile it to `out`.
 */
export const makeUserProject = (
  folder: string,
  libraries: readonly string[],
  snippets: readonly Snippet[],
): readonly string[] => {
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(ROOT, join(folder, 'node_modules', 'tollgate'))
  for (const name of ['@types', ...libraries]) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  for (const { name, text } of snippets) writeFileSync(join(folder, `${name}.mts`), text)
  const compilerOptions = {
    strict: true,
    target: 'es2022',
    module: 'nodenext',
    outDir: 'out',
    skipLibCheck: true,
    lib: ['ES2023', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules/@types')],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  return [TSC, '-p', folder]
}

/** The output of Node in a project; `failed: …` with all output if it fails. */
export const printedIn = (folder: string, args: readonly string[]): string => {
  try {
    return execFileSync(process.execPath, [...NODE_ARGUMENTS, ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
    })
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    return `failed: ${stdout}${stderr}`
  }
}
