import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NODE_ARGUMENTS } from '../setup/node-arguments.ts'
import { describeOnPostgres } from '../setup/substrates.ts'

const SCRIPT = resolve(import.meta.dirname, 'closing.mjs')
const run = (...args: string[]): string =>
  execFileSync(process.execPath, [...NODE_ARGUMENTS, SCRIPT, ...args], { encoding: 'utf8' })

describe('closing', () => {
  it('can be awaited on PGlite, and lets the process end', () => {
    expect(run()).toBe('closed\n')
  })
})

describeOnPostgres('closing', (_open, url) => {
  it('can be awaited on PostgreSQL, and lets the process end', () => {
    expect(run(url())).toBe('closed\n')
  })
})
