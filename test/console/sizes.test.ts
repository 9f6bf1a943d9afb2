import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'

const ASSETS = resolve(import.meta.dirname, '../../dist/console/assets')
const FIRST_KB = 180
const ALL_KB = 300

const scripts = readdirSync(ASSETS).filter((name) => name.endsWith('.js'))
const text = (name: string): string => readFileSync(join(ASSETS, name), 'utf8')
const packedKb = (names: Iterable<string>): number =>
  [...names].reduce((sum, name) => sum + gzipSync(text(name), { level: 9 }).length, 0) / 1_000

/** A script and its static imports. */
const withImports = (name: string, seen = new Set<string>()): Set<string> => {
  if (seen.has(name)) return seen
  seen.add(name)
  for (const [, imported = ''] of text(name).matchAll(
    /(?:from|import)\s*["'`]\.\/([^"'`]+)["'`]/g,
  )) {
    withImports(imported, seen)
  }
  return seen
}

const first = (beginning: string): string => {
  const name = scripts.find((script) => script.startsWith(beginning))
  if (name === undefined) throw new Error(`${beginning}*.js was not built`)
  return name
}

describe('the script of the console', () => {
  it(`is at most ${FIRST_KB} KB for the overview, compressed`, () => {
    const page = readFileSync(join(ASSETS, '../index.html'), 'utf8')
    const entry = /assets\/([^"]+\.js)"/.exec(page)?.[1] ?? ''
    const needed = withImports(first('home-'), withImports(entry))
    expect(needed.size).toBeGreaterThan(2)
    expect(packedKb(needed)).toBeLessThan(FIRST_KB)
  })

  it(`is at most ${ALL_KB} KB in all`, () => {
    expect(packedKb(scripts)).toBeLessThan(ALL_KB)
  })

  it('is in files, and not inline in the page', () => {
    const page = readFileSync(join(ASSETS, '../index.html'), 'utf8')
    expect([...page.matchAll(/<script(?![^>]*\ssrc=)|\sstyle=|<style/g)]).toEqual([])
  })
})
