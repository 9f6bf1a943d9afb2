import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolders } from '../setup/temporary-folder.ts'

const SRC = resolve(import.meta.dirname, '../../src/react')
const MOST_HOOKS_BYTES = 10_240
const MOST_BYTES = 46_080
const MOST_CSS_BYTES = 8_192

const newFolder = temporaryFolders()
let folder = ''
beforeAll(async () => {
  folder = newFolder()
  const { buildReact } = (await import(resolve(SRC, '../../scripts/build-react.mjs'))) as {
    buildReact: (source: string, folder: string) => Promise<void>
  }
  await buildReact(SRC, folder)
})

/** The published code in a page's bundle, without React. */
const bundled = async (names: string) => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export ${names} from './index.js'`, resolveDir: folder },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['react', 'react/jsx-runtime'],
    write: false,
    metafile: true,
  })
  const text = outputFiles[0]?.text ?? ''
  return { text, metafile, bytes: gzipSync(text, { level: 9 }).length }
}

describe('the components in a browser', () => {
  it(`are at most ${MOST_BYTES} bytes with everything, minified and compressed`, async () => {
    expect((await bundled('*')).bytes).toBeLessThanOrEqual(MOST_BYTES)
  })

  it(`are at most ${MOST_HOOKS_BYTES} bytes with only hooks`, async () => {
    const { bytes, text } = await bundled(
      '{ TollgateProvider, useUsageDashboard, useUsageHistory, useUsageStream }',
    )
    expect(bytes).toBeLessThanOrEqual(MOST_HOOKS_BYTES)
    expect(text).not.toContain('tg-dashboard')
  })

  it('include no Node code, no schemas and no package except React', async () => {
    const { text, metafile } = await bundled('*')
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports)
    const names = new Set(imports.map(({ path }) => path))
    expect([...names].sort()).toEqual(['react', 'react/jsx-runtime'])
    expect(text).not.toMatch(/node:|zod/i)
  })

  it('are marked as client components', () => {
    expect(readFileSync(`${folder}/index.js`, 'utf8')).toMatch(/^'use client'/)
  })

  it.each(['styles.css', 'styles.layer.css'])(
    `have a stylesheet of at most ${MOST_CSS_BYTES} bytes: %s`,
    (name) => {
      const text = readFileSync(`${folder}/${name}`, 'utf8')
      expect(gzipSync(text, { level: 9 }).length).toBeLessThanOrEqual(MOST_CSS_BYTES)
    },
  )

  it('have rules only for their own elements', () => {
    const text = readFileSync(`${folder}/styles.css`, 'utf8')
    // Selectors only, without declarations, at-rules and their conditions.
    const selectors = text
      .replace(/@keyframes [\w-]+\{(?:[^{}]*\{[^{}]*\})*\}/g, '')
      .replace(/@[^{]+\{/g, '')
      .replace(/\{[^{}]*\}/g, '\n')
      .replace(/\}/g, '')
      .split('\n')
      .filter((line) => line.trim() !== '')
    expect(selectors.length).toBeGreaterThan(150)
    const foreign = selectors.filter((selector) => !/tg-/.test(selector))
    expect(foreign).toEqual([])
    expect(text).not.toMatch(/:root|(^|[},])(html|body)\b/)
  })
})
