import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../setup/temporary-folder.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const TSC = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
)

interface Snippet {
  readonly name: string
  readonly text: string
  /** Why it cannot be run here, as its first line says. */
  readonly needs: string | undefined
}

const documents = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs/concepts')).map((file) => `docs/concepts/${file}`),
]
const snippets: readonly Snippet[] = documents.flatMap((document) => {
  const blocks = [
    ...readFileSync(join(ROOT, document), 'utf8').matchAll(/```(?:ts|js)\n([\s\S]*?)```/g),
  ]
  return blocks.map(([, text = ''], index) => ({
    name: `${basename(document, '.md').toLowerCase()}-${index + 1}`,
    text,
    needs: /^\/\/ not run: (.+)/.exec(text)?.[1],
  }))
})

const newFolder = temporaryFolders()

/** What snippets use beside the package. */
const LIBRARIES = ['@types', 'drizzle-orm', 'kysely', 'pg']

/** A project of a user's with every snippet as a module of its own. */
const project = (): string => {
  const folder = newFolder()
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(ROOT, join(folder, 'node_modules', 'tollgate'))
  for (const name of LIBRARIES) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  for (const { name, text } of snippets) writeFileSync(join(folder, `${name}.mts`), text)
  return folder
}

describe('the snippets of the documents', () => {
  it('are there, and most of them can be run', () => {
    expect(snippets.length).toBeGreaterThan(10)
    expect(snippets.filter(({ needs }) => needs === undefined).length).toBeGreaterThan(8)
  })

  it('compile, and run to their end', { timeout: 120_000 }, () => {
    const folder = project()
    const compilerOptions = {
      ...{ strict: true, target: 'es2022', module: 'nodenext', outDir: 'out', skipLibCheck: true },
      ...{ lib: ['ES2022', 'DOM', 'DOM.Iterable'], types: ['node'] },
      typeRoots: [join(ROOT, 'node_modules/@types')],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
    const run = (args: readonly string[]): string => {
      try {
        return execFileSync(process.execPath, args, {
          cwd: folder,
          encoding: 'utf8',
          stdio: 'pipe',
        })
      } catch (error) {
        const { stdout, stderr } = error as { stdout: string; stderr: string }
        return `failed: ${stdout}${stderr}`
      }
    }
    expect(run([TSC, '-p', folder])).toBe('')
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
