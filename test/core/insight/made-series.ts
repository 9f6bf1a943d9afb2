import { type SeededRandom, seededRandom } from '../../../src/engine/demo/seeded-random.ts'

/** Generates a day's total; `day` counts from the first, which is a Monday. */
type DayMaker = (day: number, random: SeededRandom) => number

/** A product used at work: less on Saturday and Sunday, and no two equal days. */
const atWork: DayMaker = (day, random) => 10_000 * (day % 7 < 5 ? 1 : 0.4) * random.skewed(1, 0.15)

const STEP_DAY = 103

/** The kinds of use that a forecast meets, each in its simplest form. */
const KINDS = {
  'no trend': atWork,
  'growth of 20 % a month': (day, random) => atWork(day, random) * 1.2 ** (day / 30),
  'a step to three times': (day, random) => atWork(day, random) * (day < STEP_DAY ? 1 : 3),
  bursts: (day, random) => atWork(day, random) * (random.chance(0.03) ? random.between(5, 15) : 1),
  'mostly zeros': (_day, random) => (random.chance(0.15) ? random.skewed(1_000, 0.5) : 0),
} satisfies Record<string, DayMaker>

export type MadeKind = keyof typeof KINDS
export const MADE_KINDS = Object.keys(KINDS) as MadeKind[]

/** Daily totals, determined by the kind and the seed. */
export const madeSeries = (kind: MadeKind, seed: number, days: number): readonly number[] => {
  const random = seededRandom(`${kind}/${seed}`)
  return Array.from({ length: days }, (_, day) => Math.round(KINDS[kind](day, random)))
}
