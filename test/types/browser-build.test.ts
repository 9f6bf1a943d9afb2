import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../setup/temporary-folder.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const newFolder = temporaryFolders()

/** What comes of a page of a user's that is built for browsers with the package as it is built. */
const builtWith = async (source: string): Promise<{ text: string } | { errors: string }> => {
  const folder = newFolder()
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(ROOT, join(folder, 'node_modules', 'tollgate'))
  const entry = join(folder, 'page.js')
  writeFileSync(entry, source)
  try {
    const { outputFiles } = await build({
      ...{ entryPoints: [entry], bundle: true, write: false, logLevel: 'silent' },
      ...{ platform: 'browser', format: 'esm', preserveSymlinks: true },
    })
    return { text: outputFiles[0]?.text ?? '' }
  } catch (error) {
    return { errors: String(error) }
  }
}

describe('a build for browsers', () => {
  it('fails on the engine, naming the client', async () => {
    const found = await builtWith(`import { createTollgate } from 'tollgate'; createTollgate()`)
    expect(found).toHaveProperty('errors')
    expect((found as { errors: string }).errors).toContain('import-tollgate-client-in-a-browser')
  })

  it('takes the client, which is small', async () => {
    const found = await builtWith(
      `import { createClient } from 'tollgate/client'; createClient({ url: '' })`,
    )
    expect(found).toHaveProperty('text')
    expect((found as { text: string }).text.length).toBeLessThan(120_000)
  })
})
