import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

interface Packed {
  readonly size: number
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string }[]
}

/** The content that `npm publish` would send, from the current build. */
const packed = (): Packed => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts']
  const answer = JSON.parse(execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8' }))
  // npm prints a list; newer versions print an object by name.
  return Object.values(answer)[0] as Packed
}

const linksOf = (document: string): readonly string[] =>
  [...readFileSync(join(ROOT, document), 'utf8').matchAll(/\]\(([^)\s]+)\)/g)].map(
    ([, target = '']) => target,
  )

describe('the package', () => {
  const { files, size, unpackedSize } = packed()
  const paths = files.map(({ path }) => path)

  it('has no source maps without their sources', () => {
    const textOf = (path: string) => readFileSync(join(ROOT, path), 'utf8')
    const maps = paths.filter((path) => path.endsWith('.map'))
    // A map that includes its sources is fine.
    const hollow = maps.filter((path) => {
      const { sources, sourcesContent = [] } = JSON.parse(textOf(path))
      return sourcesContent.filter(Boolean).length < sources.length
    })
    expect(hollow).toEqual([])
    const naming = paths
      .filter((path) => path.startsWith('dist/') && path.endsWith('.js'))
      .filter((path) => /^\/\/# sourceMappingURL=/m.test(textOf(path)))
      .filter((path) => !maps.includes(`${path}.map`))
    expect(naming).toEqual([])
  })

  it('is as large as the documents state', () => {
    const page = readFileSync(join(ROOT, 'docs/guides/deployment.md'), 'utf8')
    const [, packedMb = '', unpackedMb = ''] =
      /([\d.]+) MB packed and ([\d.]+) MB unpacked/.exec(page) ?? []
    for (const [bytes, saidMb] of [
      [size, packedMb],
      [unpackedSize, unpackedMb],
    ] as const) {
      expect(Number(saidMb)).toBeGreaterThan((bytes / 1e6) * 0.8)
      expect(Number(saidMb)).toBeLessThan((bytes / 1e6) * 1.2)
    }
  })

  it('has a prepared database of the PGlite that it installs, and of no other', () => {
    const { pglite } = JSON.parse(readFileSync(join(ROOT, 'dist/pglite-snapshot.json'), 'utf8'))
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    // With a range, a newer version would leave the snapshot unused: its first start takes seconds
    // longer, and half a gigabyte more.
    expect(dependencies['@electric-sql/pglite']).toBe(pglite)
    expect(paths).toContain('dist/pglite-snapshot.tar.gz')
  })

  it('contains everything that its documents link to', () => {
    const has = (path: string) => paths.some((one) => one === path || one.startsWith(`${path}/`))
    const documents = paths.filter((path) => /\.md$|^llms\.txt$/.test(path))
    expect(documents.length).toBeGreaterThan(40)
    const broken = documents.flatMap((document) =>
      linksOf(document)
        .filter((target) => !/^(https?:|#|mailto:)/.test(target))
        .map((target) => join(dirname(document), target.replace(/#.*$/, '')).replace(/\/$/, ''))
        .filter((path) => !has(path))
        .map((path) => `${document} → ${path}`),
    )
    expect(broken).toEqual([])
  })

  it('names its repository, homepage and issue tracker', () => {
    const { repository, homepage, bugs, keywords } = JSON.parse(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    )
    expect(repository.url).toMatch(/^git\+https:\/\/github\.com\/[\w-]+\/tollgate\.git$/)
    expect([homepage, bugs].every((url) => url.startsWith('https://'))).toBe(true)
    expect(keywords.length).toBeGreaterThan(5)
  })
})
