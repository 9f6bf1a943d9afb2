import { inspect } from 'node:util'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/storage/database.ts'
import { toParameter } from '../../src/storage/parameters.ts'
import { parseArray } from '../../src/storage/parsers.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'

/** SQL text on either database, and the expected JavaScript value. */
const read: [sql: string, value: unknown][] = [
  ['true', true],
  ['null::int8', null],
  ['7::int2', 7],
  ['(-2147483648)::int4', -2147483648],
  ['1::int8', 1n],
  ['9223372036854775807::int8', 9223372036854775807n],
  ['0.10::numeric', '0.10'],
  ["'NaN'::numeric", 'NaN'],
  ['123456789012345678901234567890.123456789::numeric', '123456789012345678901234567890.123456789'],
  ['0.1::float8', 0.1],
  ["'-Infinity'::float8", Number.NEGATIVE_INFINITY],
  ['1.5::float4', 1.5],
  ["'a\"b\\c'::text", 'a"b\\c'],
  ["'x'::char(3)", 'x  '],
  ["timestamptz '2024-02-29 23:59:59.123456+02'", new Date('2024-02-29T21:59:59.123Z')],
  ["timestamptz '2024-01-01 00:00:00Z'", new Date('2024-01-01T00:00:00.000Z')],
  ["timestamptz 'infinity'", new Date(8.64e15)],
  ["timestamptz '-infinity'", new Date(-8.64e15)],
  ["timestamptz '12345-06-07 08:09:10Z'", new Date('+012345-06-07T08:09:10.000Z')],
  ["timestamptz '0044-03-15 12:00:00Z BC'", new Date('-000043-03-15T12:00:00.000Z')],
  ["timestamptz '0001-03-15 12:00:00Z BC'", new Date('0000-03-15T12:00:00.000Z')],
  ["date '2024-02-29'", '2024-02-29'],
  ["timestamp '2024-02-29 01:02:03'", '2024-02-29 01:02:03'],
  ["interval '1 day 2 hours'", '1 day 02:00:00'],
  [`'{"a": [1, null, "x"], "b": {"c": true}}'::jsonb`, { a: [1, null, 'x'], b: { c: true } }],
  [`'[1, 2]'::json`, [1, 2]],
  [`'null'::jsonb`, null],
  ["'\\x00ff10'::bytea", new Uint8Array([0, 255, 16])],
  ["'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid", '6ba7b810-9dad-11d1-80b4-00c04fd430c8'],
  ['array[1, null, 3]::int8[]', [1n, null, 3n]],
  ['array[]::text[]', []],
  [`array['', 'NULL', null, 'a,b', '{"x"}', E'\\\\']`, ['', 'NULL', null, 'a,b', '{"x"}', '\\']],
  [
    'array[[1, 2], [3, 4]]::int4[]',
    [
      [1, 2],
      [3, 4],
    ],
  ],
  [`'[0:1]={5,6}'::int4[]`, [5, 6]],
  ['array[true, false]', [true, false]],
  ['array[1.10, 2]::numeric[]', ['1.10', '2']],
  ["array[timestamptz '2024-01-01Z', null]", [new Date('2024-01-01T00:00:00.000Z'), null]],
  [`array['{"a": 1}', '[2]']::jsonb[]`, [{ a: 1 }, [2]]],
  ['(1, 2)::text', '(1,2)'],
  ["date_trunc('day', timestamptz '2024-06-01 23:30:00-05')", new Date('2024-06-02T00:00:00.000Z')],
]

/** A JavaScript value, the type of its cast, and the expected result. */
const bound: [value: unknown, type: string, back: unknown][] = [
  ['text', 'text', 'text'],
  ['', 'text', ''],
  [undefined, 'text', null],
  [null, 'int8', null],
  [42, 'int4', 42],
  [-0.5, 'float8', -0.5],
  [Number.NaN, 'float8', Number.NaN],
  [12345678901234567890n, 'numeric', '12345678901234567890'],
  [9007199254740993n, 'int8', 9007199254740993n],
  ['9007199254740993', 'int8', 9007199254740993n],
  [true, 'bool', true],
  [false, 'text', 'false'],
  ['{a,"b c"}', 'text[]', ['a', 'b c']],
  ['{1,2}', 'int8[]', [1n, 2n]],
  ['{}', 'timestamptz[]', []],
  [['a', 'b"c', null, '\\', 'NULL', ''], 'text[]', ['a', 'b"c', null, '\\', 'NULL', '']],
  [[], 'text[]', []],
  [[1n, 2n], 'int8[]', [1n, 2n]],
  [[[1], [2]], 'int4[]', [[1], [2]]],
  [[true, undefined], 'bool[]', [true, null]],
  [[new Date(0), null], 'timestamptz[]', [new Date(0), null]],
  [[{ a: 'q"' }], 'jsonb[]', [{ a: 'q"' }]],
  [[new Uint8Array([1, 2])], 'bytea[]', [new Uint8Array([1, 2])]],
  [new Date('2024-02-29T12:34:56.789Z'), 'timestamptz', new Date('2024-02-29T12:34:56.789Z')],
  [new Date('+012345-06-07T08:09:10.111Z'), 'timestamptz', new Date('+012345-06-07T08:09:10.111Z')],
  [new Date('-000043-03-15T12:00:00.000Z'), 'timestamptz', new Date('-000043-03-15T12:00:00.000Z')],
  [new Date('0000-03-15T12:00:00.000Z'), 'timestamptz', new Date('0000-03-15T12:00:00.000Z')],
  [new Date(8.64e15), 'timestamptz', new Date(8.64e15)],
  [new Date(-8.64e15), 'timestamptz', new Date(-8.64e15)],
  [{ a: [1, 'x'], b: null }, 'jsonb', { a: [1, 'x'], b: null }],
  ['[1,2]', 'jsonb', [1, 2]],
  [new Uint8Array([0, 127, 255]), 'bytea', new Uint8Array([0, 127, 255])],
  [Buffer.from('é'), 'bytea', new Uint8Array([0xc3, 0xa9])],
  ['💸 naïve', 'text', '💸 naïve'],
]

const named = bound.map(([value, type, back]): [string, string, unknown, unknown] => [
  inspect(value, { breakLength: Number.POSITIVE_INFINITY }),
  type,
  value,
  back,
])

describeOnEachDatabase('values', (open) => {
  let db: Database
  beforeAll(async () => {
    db = await open()
  })

  const one = async (text: string, values?: unknown[]): Promise<unknown> => {
    const [row] = await db.query<{ value: unknown }>(text, values)
    return row?.value
  }

  it.each(read)('%s is read as the expected JavaScript value', async (sql, value) => {
    expect(await one(`select ${sql} as value`)).toStrictEqual(value)
    expect(await one(`select ${sql} as value`, [])).toStrictEqual(value)
  })

  it.each(named)('%s bound as %s is read back unchanged', async (_, type, value, back) => {
    expect(await one(`select $1::${type} as value`, [value])).toStrictEqual(back)
  })

  it('any texts and numbers are read back unchanged, in arrays as well', async () => {
    const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''))
    const input = fc.record({
      texts: fc.array(fc.option(text)),
      amounts: fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      ratio: fc.double({ noNaN: true }),
    })
    const check = fc.asyncProperty(input, async ({ texts, amounts, ratio }) => {
      const [row] = await db.query(
        'select $1::text[] as texts, $2::int8[] as amounts, $3::float8 as ratio',
        [texts, amounts, ratio],
      )
      // JavaScript writes -0 as 0.
      expect(row).toEqual({ texts, amounts, ratio: ratio === 0 ? 0 : ratio })
    })
    await fc.assert(check, { numRuns: 200 })
  })

  it('megabytes fit in one parameter', async () => {
    const ids = Array.from({ length: 100_000 }, (_, place) => `event-${place}-${'x'.repeat(20)}`)
    const [row] = await db.query(
      'select cardinality($1::text[]) as n, ($1::text[])[100000] as last',
      [ids],
    )
    expect(row).toEqual({ n: 100_000, last: ids.at(-1) })
  })

  it("a text without parameters may hold several statements, and returns the last one's rows", async () => {
    expect(await db.query('select 1 as a; select 2 as b union all select 3')).toEqual([
      { b: 2 },
      { b: 3 },
    ])
    expect(await db.query('select 1 as a; set local work_mem to default')).toEqual([])
  })

  it('a NUL in a text is refused by the server, and the next statement runs', async () => {
    await expect(db.query('select $1::text as value', ['a\0b'])).rejects.toMatchObject({
      code: '22021',
    })
    expect(await one('select $1::text as value', ['ab'])).toBe('ab')
  })
})

describe('parameters', () => {
  it('a value without a text form is refused before sending', () => {
    expect(() => toParameter(() => 1)).toThrow(TypeError)
    expect(() => toParameter(Symbol('x'))).toThrow(TypeError)
    expect(() => toParameter(new Date(Number.NaN))).toThrow(RangeError)
    expect(() => toParameter({ amount: 1n })).toThrow(TypeError)
  })

  it('an array literal is read back unchanged', () => {
    const item = fc.letrec<{ tree: unknown[] }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        fc.array(fc.option(fc.string({ unit: 'binary' })), { minLength: 1 }),
        fc.array(tie('tree'), { minLength: 1 }),
      ),
    })).tree
    fc.assert(
      fc.property(item, (tree) => {
        expect(parseArray(String(toParameter(tree)), (text) => text)).toEqual(tree)
      }),
    )
  })
})
