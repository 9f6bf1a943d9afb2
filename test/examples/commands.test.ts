import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TollgateError } from '../../src/contract/errors.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTestTollgate } from '../../src/testing/index.ts'
import { runCommand } from '../cli/run-command.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const documents = ['README.md', 'docs/concepts', 'docs/guides'].flatMap((path) =>
  path.endsWith('.md') ? [path] : readdirSync(join(ROOT, path)).map((file) => `${path}/${file}`),
)
/** Ids that a reader fills in, and the secret part of a URL. */
const SOME_ID = '00000000-0000-7000-8000-000000000000'
const filled = (json: string) => json.replaceAll('/…', '/T0/B0/x').replaceAll('"…"', `"${SOME_ID}"`)

const matches = (pattern: RegExp) =>
  documents.flatMap((document) =>
    [...readFileSync(join(ROOT, document), 'utf8').matchAll(pattern)].map(
      ([, first = '', second = '']) => [first, second, document] as const,
    ),
  )
const calls = matches(/tollgate call ([\w.]+) '(.+?)'/g)
/** Command lines with options, as far as they are on one line. */
const options = matches(/tollgate ([a-z][a-z-]+(?: [a-z][a-z-]*)?)\b([^`|#\n]* --[a-z][^`|#\n]*)/g)

describe('the commands in the documents', () => {
  let tollgate: TollgateEngine
  beforeAll(async () => {
    ;({ tollgate } = await createTestTollgate({ at: '2026-03-10T12:00:00Z', webhooks: {} }))
    await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/trial' })
  })
  afterAll(() => tollgate.close())

  it('are there', () => {
    expect(calls.length).toBeGreaterThan(8)
    expect(options.length).toBeGreaterThan(8)
  })

  it.each(calls)('call %s with %s as %s says', async (name, text) => {
    let verb: unknown = tollgate
    for (const part of name.split('.')) verb = (verb as Record<string, unknown>)[part]
    const input = filled(text)
    try {
      await (verb as (input: object) => Promise<unknown>)(JSON.parse(input))
    } catch (error) {
      // An id that was filled in is of nothing.
      if (!(error instanceof TollgateError && error.code === 'not_found')) throw error
      expect(input).toContain(SOME_ID)
    }
  })

  it.each(options)('have for `tollgate %s` the options `%s`, as in %s', async (command, rest) => {
    const { stdout } = await runCommand([...command.split(' '), '--help'])
    const known = new Set(stdout.match(/--[a-z-]+/g))
    const named = rest.match(/(?<= )--[a-z-]+/g) ?? []
    expect(named.filter((option) => !known.has(option))).toEqual([])
  })
})
