import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const MAX_FILE_LINES = 400
const MAX_SQL_FUNCTION_LINES = 75
const MAX_SQL_LINE = 120

const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /^(src|console|test|bench|examples|scripts|bin)\//.test(file))
const code = tracked.filter((file) => /\.(ts|tsx|js|mjs|sql|css)$/.test(file))
const written = code.filter((file) => !file.includes('/generated/'))
const text = (file: string): string => readFileSync(resolve(ROOT, file), 'utf8')

describe('the repository', () => {
  it(`has no file with more than ${MAX_FILE_LINES} lines`, () => {
    const long = written.filter((file) => text(file).split('\n').length - 1 > MAX_FILE_LINES)
    expect(long).toEqual([])
  })

  it('spreads no inline object literal', () => {
    const spread = /\.\.\.\{ ?[\w'[.]/
    const typed = written.filter((file) => /\.ts$/.test(file))
    expect(typed.filter((file) => spread.test(text(file)))).toEqual([])
  })

  it("computes no money in a page, which shows the API's own text", () => {
    const worked = /Usd\b\)?\s*[-+*/]\s|[-+*/]\s*(Number\()?[\w.]*Usd\b|parseFloat\(/
    const pages = written.filter((file) => /^(console|src\/react)\/.*\.tsx?$/.test(file))
    expect(pages.length).toBeGreaterThan(100)
    expect(pages.filter((file) => worked.test(text(file)))).toEqual([])
  })

  it('distinguishes kinds of limits in one file only', () => {
    const compared = /[!=]==? '(minute|concurrent)'/
    const wrong = written
      .filter((file) => /^src\/.*\.tsx?$/.test(file) && file !== 'src/core/limit-kind.ts')
      // Time units spelled out.
      .filter((file) => file !== 'src/react/words/format.ts')
    expect(wrong.filter((file) => compared.test(text(file)))).toEqual([])
  })

  it('has no file or folder name without a meaning', () => {
    const vague = /(^|\/)(utils?|helpers?|common|misc|lib)(\/|\.)|[a-z][Vv][2-9]\./
    expect(code.filter((file) => vague.test(file))).toEqual([])
  })

  it('has no to-do notes, and no skipped or exclusive test', () => {
    const undone = new RegExp(
      [
        'TO',
        'DO\\b|FIX',
        'ME\\b|@ts-',
        'ignore|@ts-',
        'nocheck|\\b(it|test|describe)\\.(only|skip|todo)\\(',
      ].join(''),
    )
    expect(written.filter((file) => undone.test(text(file)))).toEqual([])
  })

  it(`has no SQL function with more than ${MAX_SQL_FUNCTION_LINES} lines`, () => {
    const long = written
      .filter((file) => file.endsWith('.sql'))
      .flatMap((file) =>
        text(file)
          .split(/^create or replace function /m)
          .slice(1)
          .map((body) => ({
            name: body.slice(0, body.indexOf('(')),
            lines: body.slice(0, body.lastIndexOf('$$')).split('\n').length,
          })),
      )
      .filter(({ lines }) => lines > MAX_SQL_FUNCTION_LINES)
    expect(long).toEqual([])
  })

  it(`has no line of SQL longer than ${MAX_SQL_LINE} characters`, () => {
    const wide = written
      .filter((file) => file.endsWith('.sql'))
      .filter((file) =>
        text(file)
          .split('\n')
          .some((line) => line.length > MAX_SQL_LINE),
      )
    expect(wide).toEqual([])
  })

  it('has no state at module level', () => {
    const stateful = written
      .filter((file) => file.startsWith('src/') && file.endsWith('.ts'))
      // The entry of a worker thread, where the module is the thread.
      .filter((file) => file !== 'src/storage/pglite/worker.ts')
      .filter((file) => /^(export )?let /m.test(text(file)))
    expect(stateful).toEqual([])
  })
})
