import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import type { Plugin } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { bundledFiles } from './bundled-client.ts'

const MOST_BYTES = 5_120

/** Adds a line to the generated names of operations outside the hot path. */
const withNames = (line: string): Plugin => ({
  name: 'more-operations',
  setup: ({ onLoad }) => {
    onLoad({ filter: /client\/generated\/names\.ts$/ }, async ({ path }) => {
      const contents = (await readFile(path, 'utf8')).replace(/`\s*$/, `\n${line}\``)
      return { contents, loader: 'ts' }
    })
  },
})

/** The size of what a page loads at once, compressed. */
const bytesOf = async (entry: string, plugins: Plugin[] = []): Promise<number> => {
  const loaded = (await bundledFiles(entry, plugins)).filter(({ isAtOnce }) => isAtOnce)
  if (loaded.length === 0) throw new Error('nothing was bundled')
  return loaded.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0)
}

describe('the client in a browser', () => {
  it(`is at most ${MOST_BYTES} bytes, minified and compressed`, async () => {
    expect(await bytesOf('client/index.ts')).toBeLessThanOrEqual(MOST_BYTES)
  })

  it('loads only the names of operations outside the hot path at once', async () => {
    const files = await bundledFiles('client/index.ts')
    const filesWith = (source: string) =>
      files.filter(({ sources }) => sources.some((one) => one.endsWith(source)))
    for (const source of ['generated/wire.ts', 'wire-line.ts', 'lines.ts', 'registries.ts']) {
      const found = filesWith(`/${source}`)
      expect(found.length, source).toBeGreaterThan(0)
      expect(found.map(({ isAtOnce }) => isAtOnce)).not.toContain(true)
    }
    const verbs = ['list*', 'create', 'get', 'update', 'remove', 'archive', 'restore', 'preview']
    const line = ['meetingRooms', ...verbs].join(' ')
    const more = await bytesOf('client/index.ts', [withNames(line)])
    expect(more - (await bytesOf('client/index.ts'))).toBeLessThanOrEqual(line.length)
  })

  it('includes no library, whatever parts are used', async () => {
    for (const entry of ['client/index.ts', 'decision/index.ts']) {
      const files = await bundledFiles(entry)
      const sources = files.flatMap((file) => file.sources)
      expect(sources.length).toBeGreaterThan(0)
      expect(sources.filter((source) => source.includes('node_modules'))).toEqual([])
    }
  })
})
