import type { Ask, Refused, Return, Taken } from '../authority.ts'
import { type Batch, CallBuilder } from './batch.ts'
import type { KeyNames } from './key-names.ts'

/** The call of take.lua for a batch of asks. */
export const takeCall = (names: KeyNames, { organizationId, items }: Batch<Ask>): CallBuilder => {
  const call = new CallBuilder(names, organizationId)
  for (const { wants } of items) {
    call.add(wants.length)
    for (const { counter, units, block } of wants) {
      call.add(call.indexOf(counter), units, block)
      call.addRule(counter)
    }
  }
  return call
}

/** Parses the answer of take.lua, in the order of the asks. */
export const readTaken = (answer: unknown): Taken[] => {
  const [, answers] = answer as [number, readonly string[]]
  return answers.map((text) => {
    const [taken, ...rest] = text.split(' ').map(Number)
    if (taken === 0) return { taken: false, refused: inGroups(rest, 4).map(readRefused) }
    return {
      taken: true,
      grants: inGroups(rest, 2).map(([leased = 0, level = 0]) => ({ leased, level })),
    }
  })
}

const readRefused = ([
  want = 0,
  level = 0,
  recallable,
  waitMs = -1,
]: readonly number[]): Refused => ({
  want,
  level,
  recallable: recallable === 1,
  retryAfterMs: waitMs < 0 ? undefined : waitMs,
})

const inGroups = (numbers: readonly number[], size: number): (readonly number[])[] =>
  Array.from({ length: numbers.length / size }, (_, i) => numbers.slice(i * size, (i + 1) * size))

/** The returns that undo all takes. */
export const returnsOf = (asks: readonly Ask[], taken: readonly Taken[]): Return[] =>
  taken.flatMap((answer, i) => {
    const { organizationId, wants } = asks[i]!
    if (!answer?.taken) return []
    return wants.flatMap(({ counter, units }, j): Return[] => {
      const leased = answer.grants[j]!.leased
      return [
        { organizationId, counter, units, as: 'undone' },
        { organizationId, counter, units: leased, as: 'unused' },
      ]
    })
  })
