import { expect, it } from 'vitest'
import { z } from 'zod'
import { parse } from '../../src/contract/parse.ts'

const SCHEMA = z.strictObject({
  text: z.string().max(3).optional(),
  long: z.string().min(2).optional(),
  number: z.number().min(1).max(9).optional(),
  above: z.number().gt(0).lt(5).optional(),
  whole: z.int().optional(),
  even: z.number().multipleOf(2).optional(),
  flag: z.boolean().optional(),
  list: z.array(z.string()).min(1).max(2).optional(),
  object: z.strictObject({ inner: z.number() }).optional(),
  record: z.record(z.string().max(3), z.number()).optional(),
  one: z.enum(['a', 'b']).optional(),
  only: z.literal('x').optional(),
  instant: z.iso.datetime({ offset: true }).optional(),
  key: z
    .string()
    .regex(/^[a-z]+$/)
    .optional(),
  either: z.union([z.string(), z.number()]).optional(),
  ours: z.string('must be a name').optional(),
})

const INSTANT = 'must be an ISO 8601 instant with an offset, such as 2026-01-31T09:30:00Z'

it.each([
  [{ text: 5 }, 'text: must be text'],
  [{ text: 'four' }, 'text: must be at most 3 characters'],
  [{ long: 'x' }, 'long: must be at least 2 characters'],
  [{ number: '5' }, 'number: must be a number'],
  [{ number: null }, 'number: must be a number'],
  [{ number: Number.NaN }, 'number: must be a finite number'],
  [{ number: Number.POSITIVE_INFINITY }, 'number: must be a finite number'],
  [{ number: 0 }, 'number: must be at least 1'],
  [{ number: 10 }, 'number: must be at most 9'],
  [{ above: 0 }, 'above: must be above 0'],
  [{ above: 5 }, 'above: must be below 5'],
  [{ whole: 0.5 }, 'whole: must be a whole number'],
  [{ whole: 'x' }, 'whole: must be a number'],
  [{ even: 3 }, 'even: must be a multiple of 2'],
  [{ flag: 'yes' }, 'flag: must be true or false'],
  [{ list: '' }, 'list: must be a list'],
  [{ list: [] }, 'list: must have at least 1 item'],
  [{ list: ['x', 'y', 'z'] }, 'list: must have at most 2 items'],
  [{ list: [1] }, 'list[0]: must be text'],
  [{ object: [] }, 'object: must be an object'],
  [{ object: {} }, 'object.inner: is required'],
  [{ record: 1 }, 'record: must be an object'],
  [{ record: { long: 1 } }, 'record.long: must be at most 3 characters'],
  [{ one: 'c' }, 'one: must be one of a, b'],
  [{ only: 'y' }, 'only: must be x'],
  [{ instant: 'now' }, `instant: ${INSTANT}`],
  [{ key: 'A' }, 'key: must match /^[a-z]+$/'],
  [{ either: true }, 'either: is not valid'],
  [{ ours: 1 }, 'ours: must be a name'],
  [{ colour: 1 }, 'colour: there is no field "colour" here'],
  ['text', 'body: must be an object'],
  [undefined, 'body: is required'],
])('the fault of %j is described in words', (input, message) => {
  expect(() => parse(SCHEMA, input)).toThrow(expect.objectContaining({ message }))
})

it('a missing choice is reported as required', () => {
  const schema = z.object({ role: z.enum(['a', 'b']), only: z.literal('x') })
  expect(() => parse(schema, {})).toThrow('role: is required; only: is required')
})
