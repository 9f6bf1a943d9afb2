import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { brokenSince, calledBy, interfaceIn, listOf, missingOf } from './sql-interface.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const RELEASED = resolve(import.meta.dirname, 'fixtures/released-interface.txt')

const filesBelow = (folder: string, ending: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending) && !name.includes('generated'))
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8'))

const present = interfaceIn(readFileSync(join(ROOT, 'docs/reference/schema.sql'), 'utf8'))

/** Updated with each release: see CONTRIBUTING.md. */
const release = process.env.TOLLGATE_RELEASE
if (release !== undefined) {
  const called = calledBy(filesBelow('src', '.ts').join('\n'), present)
  const head = `-- What version ${release} calls in its database. The next one answers to it.\n\n`
  writeFileSync(RELEASED, `${head}${listOf(called)}\n`)
}

const list = readFileSync(RELEASED, 'utf8')
const releasedVersion = /version ([\d.]+)/.exec(list)?.[1] ?? ''
const released = interfaceIn(list)

describe("the last release's database interface", () => {
  it('still exists, or a line of SQL says since when it does not', () => {
    const sql = ['migrations', 'functions'].flatMap((name) =>
      filesBelow(`src/storage/${name}`, '.sql'),
    )
    const broken = brokenSince(releasedVersion, sql.join('\n'))
    expect(missingOf(released, present).filter((name) => !broken.includes(name))).toEqual([])
  })

  it('is marked by the version that breaks it, and the mark ends with the release', () => {
    const sql = '-- breaking in 0.10.0: tollgate.one, tollgate.other: they count in milli-units.\n'
    expect(brokenSince('0.9.1', sql)).toEqual(['one', 'other'])
    expect(brokenSince('0.10.0', sql)).toEqual([])
  })

  it('is known: the list contains the functions that decide and record', () => {
    const names = released.functions.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['decide_usage', 'record_events', 'take_leases']))
    expect(released.types.map(({ name }) => name)).toContain('usage_batch')
  })
})

const function_ = (signature: string, result: string, comment = ''): string =>
  `${comment}create function tollgate.${signature}\nreturns ${result} language sql;\n\n`
const known = interfaceIn(function_('draw(p_units bigint)', 'table (left bigint, owed bigint)'))
const missing = (schema: string): string[] => missingOf(known, interfaceIn(schema))

describe('a changed function', () => {
  it('answers old callers if its parameters stay and it only gains columns', () => {
    const more = 'table (left bigint, at timestamp, owed bigint)'
    expect(missing(function_('draw(p_units bigint)', more))).toEqual([])
    expect(missing(function_('draw(p_units bigint, p_at timestamp default now())', more))).toEqual(
      [],
    )
  })

  it('does not answer them with a changed parameter or type, or with a missing column', () => {
    const gone = ['draw']
    const result = 'table (left bigint, owed bigint)'
    expect(missing(function_('draw(p_units numeric)', result))).toEqual(gone)
    expect(missing(function_('draw(p_units bigint, p_at timestamp)', result))).toEqual(gone)
    expect(missing(function_('draw(p_units bigint)', 'table (left bigint)'))).toEqual(gone)
    expect(missing('')).toEqual(gone)
  })

  it('answers them through its old form, which stays for one release', () => {
    const old = function_(
      'draw(p_units bigint)',
      'table (left bigint, owed bigint)',
      '-- deprecated: goes in 0.4.0.\n',
    )
    const both = interfaceIn(old + function_('draw(p_units numeric)', 'bigint'))
    expect(missingOf(known, both)).toEqual([])
    const next = calledBy('select tollgate.draw($1)', both)
    expect(next.functions.map(({ parameters }) => parameters)).toEqual([['p_units numeric']])
  })
})
