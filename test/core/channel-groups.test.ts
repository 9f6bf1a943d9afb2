import { describe, expect, it } from 'vitest'
import { groupsOf } from '../../src/core/channel-groups.ts'

const grouped = (...items: readonly (readonly [string, string | null])[]): string[] =>
  groupsOf(
    items.map(([organizationId, cause], index) => ({ organizationId, cause, name: index + 1 })),
  ).map((group) => group.map(({ name }) => name).join('+'))

describe('what people are told together', () => {
  it('is of one organization, or has one cause', () => {
    expect(grouped(['a', 'x'], ['b', 'y'], ['a', 'z'])).toEqual(['1+3', '2'])
    expect(grouped(['a', 'x'], ['b', 'x'], ['c', null])).toEqual(['1+2', '3'])
  })

  it('is one message where something belongs to both', () => {
    expect(grouped(['a', 'x'], ['b', 'y'], ['c', null], ['a', 'y'])).toEqual(['1+2+4', '3'])
  })

  it('has no cause in common where none is named', () => {
    expect(grouped(['a', null], ['b', null])).toEqual(['1', '2'])
  })
})
