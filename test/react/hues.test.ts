import { expect, it } from 'vitest'
import { huesByName } from '../../src/react/charts/index.ts'

const KEYS = ['gpt-5', 'gpt-5-mini', 'claude-opus', 'embed', 'draw', 'chat', 'export', 'search']

it('gives eight keys eight hues, in any order', () => {
  const hues = huesByName(KEYS)
  expect([...hues.values()].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(huesByName([...KEYS].reverse())).toEqual(hues)
})

it('keeps the hue of a key without a collision, whatever the other keys', () => {
  for (const key of KEYS) {
    const alone = huesByName([key]).get(key)
    const beside = KEYS.filter((other) => huesByName([other]).get(other) !== alone)
    for (const other of beside) expect(huesByName([other, key]).get(key)).toBe(alone)
  }
})

it('reuses hues past eight keys', () => {
  const hues = huesByName(Array.from({ length: 12 }, (_, n) => `key ${n}`))
  expect([...hues.values()].every((hue) => hue >= 1 && hue <= 8)).toBe(true)
})
