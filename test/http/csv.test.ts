import { parse } from 'csv-parse/sync'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvLine } from '../../src/http/csv.ts'

const read = (text: string): string[][] => parse(text, { record_delimiter: '\r\n' })

describe('a line of CSV', () => {
  it('is read back unchanged', () => {
    const cell = fc.string({ unit: 'binary' }).filter((text) => !/^['=+\-@\t\r＝＋－＠]/.test(text))
    fc.assert(
      fc.property(fc.array(cell, { minLength: 2 }), (cells) => {
        expect(read(csvLine(cells))).toEqual([cells])
      }),
    )
  })

  it.each(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])(
    'makes text of a cell that begins with %j, and keeps the rest',
    (start) => {
      fc.assert(
        fc.property(fc.string(), (rest) => {
          expect(read(csvLine([start + rest, 'x']))).toEqual([[`'${start}${rest}`, 'x']])
        }),
      )
    },
  )

  it('leaves numbers unchanged, and missing values empty', () => {
    expect(csvLine([-1, null, undefined, 'a,b', '"'])).toBe('-1,,,"a,b",""""\r\n')
  })
})
