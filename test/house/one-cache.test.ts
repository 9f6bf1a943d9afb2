import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const SRC = resolve(import.meta.dirname, '../../src')
const text = (file: string): string => readFileSync(join(SRC, file), 'utf8')
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(tsx?|sql)$/.test(file) && !file.includes('generated/'))
  .sort()
const having = (pattern: RegExp): string[] => files.filter((file) => pattern.test(text(file)))

/** Tables that have an end and are no cache: what goes from them cannot be read again, or need not. */
const BOUNDED: Readonly<Record<string, string>> = {
  'client/local-holds.ts': 'holds that a client made while its server was away',
  'client/while-away.ts': 'what a server that is away has said of failures',
  'engine/counters/accounts.ts': 'limits that the accounts of one plan share in memory',
  'engine/fair-turns.ts': 'calls that wait for their turn',
  'engine/gate/own-reservations.ts': 'holds that this process made',
  'engine/gate/unknown-names.ts': 'when the log was told of a name',
  'engine/rating/run-report.ts': 'rows of a report',
  'engine/telemetry/error-reporter.ts': 'when the host was told of an error',
  'http/authentication/failed-attempts.ts': 'levels of buckets',
  'http/authentication/sign-in-codes.ts': 'codes that were issued',
  'mcp/remembered-calls.ts': 'first answers of what writes',
  'models/wire/sdk-client.ts': 'refusals to be thrown past an SDK',
  'storage/statement-names.ts': 'names of prepared statements',
}

describe('the house', () => {
  it('has one cache, and no other table that makes room by what is oldest', () => {
    expect(having(/\bclass \w*(Cache|Memory|Memo|Kept\w*)\b/)).toEqual(['engine/cache.ts'])
    const bounded = having(/\[oldest\]|\.keys\(\)\.next\(\)|\.size >=? (this|[mM][aAoO][xXsS])/)
    expect(bounded).toEqual(Object.keys(BOUNDED).sort())
  })

  it('says in one place whether anything was written since', () => {
    expect(having(/\b(xmin|xmax|relfrozenxid|pg_locks)\b/)).toEqual(['storage/revision.ts'])
    // Nothing is given a digest of its rows to be compared by.
    expect(having(/md5\(\s*string_agg/)).toEqual([])
  })
})
