import { describe, expect, it } from 'vitest'
import { judge, madeSubjects, rollingCases } from './forecast-judgement.ts'
import { realDemand } from './real-demand.ts'

/** Fewer days of each period than in the benchmark, which prints the figures. */
const SEEDS = 6
const ELAPSED_DAYS = [5, 12, 19, 26]

describe('the forecast of a period', () => {
  for (const [name, cases] of madeSubjects(SEEDS, ELAPSED_DAYS)) {
    const { ours, straightLine, lastWeek, covered } = judge(cases)

    it(`is nearly as good as a straight line and as repeating the last week: ${name}`, () => {
      expect(ours).toBeLessThan(1.05 * Math.min(straightLine, lastWeek))
    })

    it(`has a band that contains about eight of ten totals: ${name}`, () => {
      expect(covered).toBeGreaterThanOrEqual(70)
      expect(covered).toBeLessThanOrEqual(90)
    })
  }
})

const real = realDemand()

describe.skipIf(!real)('the forecast of real demand', () => {
  const judged = () => judge(rollingCases(real ?? { firstDayMs: 0, totals: [] }, ELAPSED_DAYS))

  it('is more accurate than a straight line and than repeating the last week', () => {
    const { ours, straightLine, lastWeek } = judged()
    expect(ours).toBeLessThan(straightLine)
    expect(ours).toBeLessThan(lastWeek)
  })

  it('has a band that contains about eight of ten totals', () => {
    const { covered } = judged()
    expect(covered).toBeGreaterThanOrEqual(70)
    expect(covered).toBeLessThanOrEqual(90)
  })
})
