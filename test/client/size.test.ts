import { basename, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { WIRE } from '../../src/client/generated/wire.ts'

const SRC = resolve(import.meta.dirname, '../../src')
/** The code's size; each operation adds one line to the client's table. */
const CODE_BYTES = 4_800
const LINE_BYTES = 13
const MOST_BYTES = CODE_BYTES + LINE_BYTES * Object.keys(WIRE).length

/**
 * The files that a browser loads at once for an entry point, and later ones. Shared parts are files
 * of their own, loaded at once.
 */
const bundled = async (entry: string) => {
  const { outputFiles, metafile } = await build({
    entryPoints: [`${SRC}/${entry}`],
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    outdir: '/out',
    write: false,
    metafile: true,
  })
  const outputs = new Map(
    Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]),
  )
  const atOnce = new Set<string>()
  const follow = (name: string): void => {
    if (atOnce.has(name)) return
    atOnce.add(name)
    for (const { path, kind } of outputs.get(name)?.imports ?? []) {
      if (kind === 'import-statement') follow(basename(path))
    }
  }
  follow('index.js')
  const loaded = outputFiles.filter(({ path }) => atOnce.has(basename(path)))
  if (loaded.length === 0) throw new Error('nothing was bundled')
  return {
    bytes: loaded.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0),
    inputs: Object.keys(metafile.inputs),
  }
}

describe('the client in a browser', () => {
  it(`is at most ${MOST_BYTES} bytes, minified and compressed`, async () => {
    const { bytes } = await bundled('client/index.ts')
    expect(bytes).toBeLessThanOrEqual(MOST_BYTES)
  })

  it('includes no library, whatever parts are used', async () => {
    for (const entry of ['client/index.ts', 'decision/index.ts']) {
      const { inputs } = await bundled(entry)
      expect(inputs.filter((input) => input.includes('node_modules'))).toEqual([])
    }
  })
})
