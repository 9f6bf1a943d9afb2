import { describe, expect, it } from 'vitest'
import { burstiness, growth } from '../../../src/core/insight/patterns.ts'

describe('burstiness', () => {
  it('is the busiest value divided by the mean', () => {
    expect(burstiness([2, 2, 2])).toBe(1)
    expect(burstiness([0, 0, 0, 8])).toBe(4)
    expect(burstiness([0, 0])).toBeUndefined()
    expect(burstiness([])).toBeUndefined()
  })
})

describe('growth', () => {
  it('is relative to the previous period, and unknown if that is zero', () => {
    expect(growth(125, 100)).toBe(0.25)
    expect(growth(0, 100)).toBe(-1)
    expect(growth(5, 0)).toBeUndefined()
  })
})
