import { resolve } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

/** The packages that importing a module loads at once, without later imports. */
const loadedWith = async (entry: string): Promise<Set<string>> => {
  const { metafile } = await build({
    entryPoints: [resolve(ROOT, entry)],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    splitting: true,
    outdir: 'out',
    packages: 'external',
  })
  const found = new Set<string>()
  const seen = new Set<string>()
  const walk = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    for (const { path: to, kind, external } of metafile.outputs[path]?.imports ?? []) {
      if (kind !== 'import-statement') continue
      if (external) found.add(to)
      else walk(to)
    }
  }
  const [first] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint) ?? ['']
  walk(first)
  return found
}

describe('importing tollgate', () => {
  it("loads Stripe's SDK, the Redis client, and the delivery and mail packages only when needed", async () => {
    const loaded = await loadedWith('src/index.ts')
    expect([...loaded]).toContain('zod')
    expect([...loaded]).not.toContain('stripe')
    expect([...loaded]).not.toContain('ioredis')
    expect([...loaded]).not.toContain('undici')
    expect([...loaded]).not.toContain('nodemailer')
    expect([...loaded]).not.toContain('hono/html')
  })

  it('loads the MCP packages with the first MCP message, even in a server', async () => {
    for (const entry of ['src/index.ts', 'src/server.ts', 'src/cli/main.ts']) {
      const loaded = [...(await loadedWith(entry))]
      expect(loaded.filter((name) => name.startsWith('@modelcontextprotocol/'))).toEqual([])
    }
  })
})
