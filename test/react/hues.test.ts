import { expect, it } from 'vitest'
import { huesByName } from '../../src/react/charts/index.ts'

const KEYS = ['gpt-5', 'gpt-5-mini', 'claude-opus', 'embed', 'draw', 'chat', 'export', 'search']

it('gives each of eight keys a hue of its own, in whatever order they come', () => {
  const hues = huesByName(KEYS)
  expect([...hues.values()].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(huesByName([...KEYS].reverse())).toEqual(hues)
})

it('keeps the hue of a key that shares it with nobody, whichever others there are', () => {
  for (const key of KEYS) {
    const alone = huesByName([key]).get(key)
    const beside = KEYS.filter((other) => huesByName([other]).get(other) !== alone)
    for (const other of beside) expect(huesByName([other, key]).get(key)).toBe(alone)
  }
})

it('goes on past eight keys', () => {
  const hues = huesByName(Array.from({ length: 12 }, (_, n) => `key ${n}`))
  expect([...hues.values()].every((hue) => hue >= 1 && hue <= 8)).toBe(true)
})
