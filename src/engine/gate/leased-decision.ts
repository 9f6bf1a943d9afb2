import type { Replayable } from '../../contract/call.ts'
import type { Allowed } from '../../contract/decision.ts'
import { MICRO_CREDIT_SCALE, numberFromUnits } from '../../core/amounts.ts'
import type { Context } from '../context.ts'
import type { Account } from '../counters/account.ts'
import type { Need } from '../counters/needs.ts'
import { seenSlot } from '../counters/seen-limit.ts'
import { allowedValue, type LevelsAfter, levelsAfter } from './decision-value.ts'
import type { LeasedUse } from './leased-use.ts'

/**
 * A call that was allowed on leases. Most callers never read the limits, reset times or warnings,
 * so they are computed when read.
 */
export class LeasedDecision implements Replayable<Allowed> {
  readonly allowed = true
  readonly reason = null
  readonly degraded = false
  readonly replayed = false
  readonly #ctx: Pick<Context, 'catalog'>
  readonly #account: Account
  readonly #use: LeasedUse
  /** The level of each slot before the call, in the order of `needs`. */
  readonly #before: readonly number[]
  #levels: LevelsAfter | undefined
  #whole: Allowed | undefined

  constructor(ctx: Pick<Context, 'catalog'>, account: Account, use: LeasedUse) {
    this.#ctx = ctx
    this.#account = account
    this.#use = use
    this.#before = use.needs.map(levelBefore)
  }

  get credits(): number {
    return numberFromUnits(this.#use.microCredits, MICRO_CREDIT_SCALE)
  }
  get remaining(): Allowed['remaining'] {
    return this.toJSON().remaining
  }
  get resetAt(): Allowed['resetAt'] {
    return this.toJSON().resetAt
  }
  get limits(): Allowed['limits'] {
    return this.#levelsAfter().limits
  }
  get warning(): Allowed['warning'] {
    return this.toJSON().warning
  }
  get decisionId(): string {
    return this.#use.id
  }
  get usage(): Allowed['usage'] {
    return this.toJSON().usage
  }

  /** The decision as a plain object. `replayed` is not part of the wire format. */
  toJSON(): Allowed {
    if (this.#whole) return this.#whole
    const { id, atMs, microCredits } = this.#use
    const { organization } = this.#account
    this.#whole = allowedValue(
      {
        decisionId: id,
        decidedAtMs: atMs,
        microCredits,
        warnPercent: organization.warn_percent,
        eventId: id,
      },
      this.#levelsAfter(),
      organization,
      this.#ctx.catalog,
    )
    return this.#whole
  }

  /** Computed apart, because the headers of each wrapped route need this and no more. */
  #levelsAfter(): LevelsAfter {
    if (this.#levels) return this.#levels
    const { needs, atMs } = this.#use
    const seen = needs.map((need, index) => seenSlot(need, this.#before[index] ?? 0, atMs))
    this.#levels = levelsAfter(seen, true, this.#account.organization, this.#ctx.catalog)
    return this.#levels
  }
}

/** The last known level, minus the part that this process has leased and not used. */
const levelBefore = ({ slot, units }: Need): number =>
  Math.max(0, Math.max(0, slot.level - slot.available) - units)
