import type { Replayable } from '../../contract/call.ts'
import type { Allowed } from '../../contract/decision.ts'
import { MICRO_CREDIT_SCALE, numberFromUnits } from '../../core/amounts.ts'
import type { Context } from '../context.ts'
import type { Account } from '../counters/account.ts'
import type { Need } from '../counters/refills.ts'
import { allowedValue } from './decision-value.ts'
import type { LeasedUse } from './leased-use.ts'
import { seenOnLease } from './seen-on-lease.ts'

/**
 * A decision to let through that was made here. What nobody may ever read of it (how each limit
 * stands, when it resets, a warning) is worked out when it is read.
 */
export class LeasedDecision implements Replayable<Allowed> {
  readonly allowed = true
  readonly reason = null
  readonly degraded = false
  readonly replayed = false
  readonly #ctx: Pick<Context, 'catalog'>
  readonly #account: Account
  readonly #use: LeasedUse
  readonly #atMs: number
  /** What was used of each slot, in the order of the needs. */
  readonly #used: readonly number[]
  #whole: Allowed | undefined

  constructor(ctx: Pick<Context, 'catalog'>, account: Account, use: LeasedUse, atMs: number) {
    this.#ctx = ctx
    this.#account = account
    this.#use = use
    this.#atMs = atMs
    this.#used = use.needs.map(usedAfter)
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
    return this.toJSON().limits
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

  /** The decision as a plain object. Whether it is a replay is no part of it on the wire. */
  toJSON(): Allowed {
    this.#whole ??= allowedValue(
      {
        decisionId: this.#use.id,
        decidedAtMs: this.#atMs,
        microCredits: this.#use.microCredits,
        limits: this.#use.needs.map((need, index) =>
          seenOnLease(need, this.#used[index] ?? 0, this.#atMs),
        ),
        warnPercent: this.#account.organization.warn_percent,
        eventId: this.#use.id,
      },
      this.#account.organization,
      this.#ctx.catalog,
    )
    return this.#whole
  }
}

/** The level of a slot as this process knows it, less what it has on lease and has not used. */
const usedAfter = ({ slot }: Need): number => Math.max(0, slot.level - slot.available)
