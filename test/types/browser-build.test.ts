import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../setup/temporary-folder.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const newFolder = temporaryFolders()

/** The result of building a user's page for browsers with the built package. */
const builtWith = async (source: string): Promise<{ text: string } | { errors: string }> => {
  const folder = newFolder()
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(ROOT, join(folder, 'node_modules', 'tollgate'))
  const entry = join(folder, 'page.js')
  writeFileSync(entry, source)
  try {
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      logLevel: 'silent',
      platform: 'browser',
      format: 'esm',
      preserveSymlinks: true,
    })
    return { text: outputFiles[0]?.text ?? '' }
  } catch (error) {
    return { errors: String(error) }
  }
}

describe('a build for browsers', () => {
  it('fails with the engine, and names the client', async () => {
    const found = await builtWith(`import { createTollgate } from 'tollgate'; createTollgate()`)
    expect(found).toHaveProperty('errors')
    expect((found as { errors: string }).errors).toContain('import-tollgate-client-in-a-browser')
  })

  it('accepts the client, which is small', async () => {
    const found = await builtWith(
      `import { createClient } from 'tollgate/client'; createClient({ url: '' })`,
    )
    expect(found).toHaveProperty('text')
    expect((found as { text: string }).text.length).toBeLessThan(120_000)
  })
})

describe('a bundle for Node', () => {
  it.each(['esm', 'cjs'] as const)(
    'of format %s says that the package must stay external for the embedded database',
    async (format) => {
      const folder = newFolder()
      mkdirSync(join(folder, 'node_modules'))
      symlinkSync(ROOT, join(folder, 'node_modules', 'tollgate'))
      const entry = join(folder, 'main.js')
      const outfile = join(folder, format === 'esm' ? 'bundle.mjs' : 'bundle.cjs')
      writeFileSync(
        entry,
        `import { createTollgate } from 'tollgate'
         createTollgate({ database: 'memory' }).then(
           () => console.log('open'), (error) => console.log(String(error.cause ?? error)))`,
      )
      const banner =
        format === 'esm'
          ? `import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);`
          : ''
      await build({
        entryPoints: [entry],
        bundle: true,
        outfile,
        logLevel: 'silent',
        platform: 'node',
        format,
        preserveSymlinks: true,
        banner: { js: banner },
      })
      const said = execFileSync(process.execPath, [outfile], { encoding: 'utf8' })
      expect(said).toContain('Mark "tollgate" as external')
    },
    60_000,
  )
})
