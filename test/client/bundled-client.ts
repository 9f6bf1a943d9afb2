import { basename, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'

const SRC = resolve(import.meta.dirname, '../../src')

/** A file of a bundle, and the sources in it. */
interface BundledFile {
  readonly name: string
  readonly contents: Uint8Array
  readonly sources: readonly string[]
  /** A page loads it with the first file. Shared parts are files of their own. */
  readonly isAtOnce: boolean
}

/** Bundles an entry point for browsers, minified, with a file for each part that is loaded later. */
export const bundledFiles = async (
  entry: string,
  plugins: Plugin[] = [],
): Promise<readonly BundledFile[]> => {
  const { outputFiles, metafile } = await build({
    entryPoints: [`${SRC}/${entry}`],
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    outdir: '/out',
    outExtension: { '.js': '.mjs' },
    write: false,
    metafile: true,
    plugins,
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
  follow('index.mjs')
  return outputFiles.map(({ path, contents }) => {
    const name = basename(path)
    const sources = Object.keys(outputs.get(name)?.inputs ?? {})
    return { name, contents, sources, isAtOnce: atOnce.has(name) }
  })
}
