import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const text = (file: string): string => readFileSync(resolve(ROOT, file), 'utf8')

const WORKFLOW = '.github/workflows/ci.yml'
const READ_BY_CONTRIBUTORS = [
  WORKFLOW,
  '.github/PULL_REQUEST_TEMPLATE.md',
  '.github/ISSUE_TEMPLATE/bug.yml',
  'CONTRIBUTING.md',
  'SECURITY.md',
]

const manifest = JSON.parse(text('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>
  readonly engines: { readonly node: string }
  readonly bugs: string
}

describe("the contributors' documents", () => {
  it.each(READ_BY_CONTRIBUTORS)('name only existing scripts: %s', (file) => {
    const named = [...text(file).matchAll(/npm (?:run )?([\w:-]+)/g)].map(([, name]) => name ?? '')
    const missing = named.filter((name) => !['ci', 'install'].includes(name))
    expect(missing.filter((name) => !(name in manifest.scripts))).toEqual([])
  })

  it.each(['CONTRIBUTING.md', 'SECURITY.md'])('name only existing files: %s', (file) => {
    const paths = [
      ...text(file).matchAll(/`((?:src|test|docs|scripts|console|bench|examples)\/[\w./-]+)`/g),
      ...text(file).matchAll(/\]\((?!https?:)([^)#]+)/g),
    ].map(([, path]) => path ?? '')
    expect(paths).not.toEqual([])
    expect(paths.filter((path) => !existsSync(resolve(ROOT, path)))).toEqual([])
  })

  it('match the oldest supported Node, which .nvmrc names', () => {
    const oldest = manifest.engines.node.replace(/^>=/, '')
    expect(text('.nvmrc').trim().startsWith(`${oldest}.`)).toBe(true)
    expect(/^ +node: \[["']([\d.]+)/m.exec(text(WORKFLOW))?.[1]).toBe(oldest)
  })

  it("send security reports to the package's repository", () => {
    const repository = manifest.bugs.replace(/\/issues$/, '')
    const form = `${repository}/security/advisories/new`
    for (const file of ['SECURITY.md', '.github/ISSUE_TEMPLATE/config.yml']) {
      expect(text(file)).toContain(form)
    }
  })
})
