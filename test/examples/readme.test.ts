import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NODE_ARGUMENTS } from '../setup/node-arguments.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const readme = readFileSync(resolve(ROOT, 'README.md'), 'utf8')
const quickstart = readFileSync(resolve(ROOT, 'examples/01-first-call.mjs'), 'utf8')

describe('the README', () => {
  it('shows the library with the example that runs here', () => {
    const [, shown] = /```js\n([\s\S]*?)```/.exec(readme) ?? []
    expect(shown).toBe(quickstart)
  })

  it('shows an example with the output in its comments', () => {
    const printed = execFileSync(
      process.execPath,
      [...NODE_ARGUMENTS, 'examples/01-first-call.mjs'],
      {
        cwd: ROOT,
        encoding: 'utf8',
      },
    )
    expect(printed).toBe('true 200\nfalse limit_exceeded\n')
  })

  it('has only working links', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link]) => link ?? '')
    expect(links.length).toBeGreaterThan(5)
    for (const link of links) expect(() => readFileSync(resolve(ROOT, link))).not.toThrow(/ENOENT/)
  })
})
