import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NODE_ARGUMENTS } from '../setup/node-arguments.ts'
import { describeOnPostgres } from '../setup/substrates.ts'

const SCRIPT = resolve(import.meta.dirname, 'closing.mjs')
const run = (...args: string[]): string =>
  execFileSync(process.execPath, [...NODE_ARGUMENTS, SCRIPT, ...args], { encoding: 'utf8' })

describe('closing', () => {
  it('is waited for, and lets the process end, on PGlite', () => {
    expect(run()).toBe('closed\n')
  })
})

describeOnPostgres('closing', (_open, url) => {
  it('is waited for, and lets the process end, on PostgreSQL', () => {
    expect(run(url())).toBe('closed\n')
  })
})
