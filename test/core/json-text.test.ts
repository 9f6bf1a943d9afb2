import { expect, it } from 'vitest'
import { storableJson } from '../../src/core/json-text.ts'

const kept = (value: unknown) => JSON.parse(storableJson(JSON.stringify(value)))

it('keeps every text that a database can hold', () => {
  for (const text of [
    '',
    'plain',
    '☃ 😀',
    '\\u0000',
    '\\\\u0000',
    'a\\ud83d',
    '\n\t"\\',
    '\u2400',
  ]) {
    expect(kept({ [text]: text })).toEqual({ [text]: text })
  }
})

it('replaces NUL, and half of a character, in names and in values', () => {
  const half = '😀'.slice(0, 1)
  expect(kept({ 'a\0': 'b\0c', [half]: ['x', half] })).toEqual({
    'a\u2400': 'b\u2400c',
    '\ufffd': ['x', '\ufffd'],
  })
  expect(kept(`\\${half}\\\0`)).toBe('\\\ufffd\\\u2400')
})
