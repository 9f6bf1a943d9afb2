import type { Rerated } from '../../contract/rerating.ts'
import { MOST_RERATED_SHOWN } from '../../contract/rerating.ts'
import { exactDecimal, formatUnits, PICO_USD_SCALE, toUnits } from '../../core/amounts.ts'
import { creditsOf } from './figures.ts'
import type { LeftBecause } from './rerated-event.ts'

/** Totals of events. */
export interface ReratingSide {
  readonly microCredits: bigint
  readonly picoUsd: bigint
  readonly unpriced: number
}

/** One or more events as they were, and as they will be. */
export interface ReratingFigures {
  events: number
  changed: number
  left: number
  before: ReratingSide
  after: ReratingSide
}

const NOTHING: ReratingSide = { microCredits: 0n, picoUsd: 0n, unpriced: 0 }

export const noFigures = (): ReratingFigures => ({
  events: 0,
  changed: 0,
  left: 0,
  before: NOTHING,
  after: NOTHING,
})

export const sideOf = (event: {
  readonly microCredits: bigint
  readonly costUsd?: string | null | undefined
  readonly priceSource?: string | null | undefined
}): ReratingSide => ({
  microCredits: event.microCredits,
  picoUsd: event.costUsd == null ? 0n : toUnits(exactDecimal(event.costUsd), PICO_USD_SCALE),
  unpriced: event.priceSource === 'unpriced' ? 1 : 0,
})

export const addFigures = (sum: ReratingFigures, more: ReratingFigures): void => {
  sum.events += more.events
  sum.changed += more.changed
  sum.left += more.left
  sum.before = sumOf(sum.before, more.before)
  sum.after = sumOf(sum.after, more.after)
}

/** In the terms of the contract. */
const toldFigures = ({ before, after, ...counts }: ReratingFigures) => ({
  ...counts,
  before: toldSide(before),
  after: toldSide(after),
  creditsDifference: creditsOf(after.microCredits - before.microCredits),
  costDifferenceUsd: formatUnits(after.picoUsd - before.picoUsd, PICO_USD_SCALE),
})

export const toldSide = ({ microCredits, picoUsd, unpriced }: ReratingSide) => ({
  credits: creditsOf(microCredits),
  costUsd: formatUnits(picoUsd, PICO_USD_SCALE),
  unpriced,
})

interface Group {
  readonly organizationId: string
  readonly eventType: string
  readonly figures: ReratingFigures
}

/** Sums the results of events, and stores the groups with the largest changes. */
export class ReratingTotals {
  readonly #all = noFigures()
  readonly #leftBecause: Record<LeftBecause, number> = { closed: 0, unknown: 0, refused: 0 }
  #shown: Group[] = []
  #groups = 0
  readonly #failures: { organizationId: string; message: string }[] = []
  #failed = 0

  left(because: LeftBecause): void {
    this.#leftBecause[because] += 1
  }

  /** All groups of one organization, by event type. */
  add(organizationId: string, byType: ReadonlyMap<string, ReratingFigures>): void {
    for (const [eventType, figures] of byType) {
      addFigures(this.#all, figures)
      this.#groups += 1
      this.#shown.push({ organizationId, eventType, figures })
    }
    if (this.#shown.length >= 2 * MOST_RERATED_SHOWN) this.#shown = firstOf(this.#shown)
  }

  failed(organizationId: string, message: string): void {
    this.#failed += 1
    if (this.#failures.length < MOST_RERATED_SHOWN) this.#failures.push({ organizationId, message })
  }

  report(range: { from: Date; to: Date }, applied: boolean): Rerated {
    return {
      from: range.from.toISOString(),
      to: range.to.toISOString(),
      applied,
      ...toldFigures(this.#all),
      leftBecause: this.#leftBecause,
      groups: firstOf(this.#shown).map(({ organizationId, eventType, figures }) => ({
        organizationId,
        eventType,
        ...toldFigures(figures),
      })),
      groupsInAll: this.#groups,
      failures: this.#failures,
      failuresInAll: this.#failed,
    }
  }
}

const sumOf = (a: ReratingSide, b: ReratingSide): ReratingSide => ({
  microCredits: a.microCredits + b.microCredits,
  picoUsd: a.picoUsd + b.picoUsd,
  unpriced: a.unpriced + b.unpriced,
})

/** The groups with the largest changes: by credits, then by cost, then by number of events. */
const firstOf = (groups: readonly Group[]): Group[] =>
  [...groups]
    .sort(
      (one, other) =>
        descending(
          changeOf(one.figures, 'microCredits'),
          changeOf(other.figures, 'microCredits'),
        ) ||
        descending(changeOf(one.figures, 'picoUsd'), changeOf(other.figures, 'picoUsd')) ||
        descending(one.figures.changed, other.figures.changed) ||
        descending(other.organizationId, one.organizationId) ||
        descending(other.eventType, one.eventType),
    )
    .slice(0, MOST_RERATED_SHOWN)

const changeOf = ({ before, after }: ReratingFigures, of: 'microCredits' | 'picoUsd'): bigint => {
  const difference = after[of] - before[of]
  return difference < 0n ? -difference : difference
}

const descending = <Value extends bigint | number | string>(a: Value, b: Value): number =>
  a < b ? 1 : a > b ? -1 : 0
