import type { LimitWindow } from '../../src/core/catalog-words.ts'
import { windowStart } from '../../src/core/windows.ts'

/**
 * What the gate must do, said a second time in the plainest way there is: one organization, lists
 * and sums, nothing cached. Only here may a rule be repeated.
 */

export interface ModelLimit {
  readonly meter: string
  readonly window: LimitWindow
  max: number
  behavior: 'hard' | 'soft' | 'overage'
}

type Amounts = Readonly<Record<string, number>>

interface Use {
  readonly atMs: number
  readonly amounts: Amounts
}

interface Hold {
  atMs: number
  amounts: Record<string, number>
  expiresAtMs: number
  state: 'held' | 'settled' | 'released' | 'expired'
}

export class GateModel {
  nowMs: number
  readonly #limits: ModelLimit[]
  readonly #anchorMs: number
  readonly uses: Use[] = []
  readonly holds: Hold[] = []

  constructor(nowMs: number, anchorMs: number, limits: ModelLimit[]) {
    this.nowMs = nowMs
    this.#anchorMs = anchorMs
    this.#limits = limits
  }

  override(limit: ModelLimit): void {
    const index = this.#limits.findIndex(
      (one) => one.meter === limit.meter && one.window === limit.window,
    )
    if (index >= 0) this.#limits[index] = limit
    else this.#limits.push(limit)
  }

  track(amounts: Amounts): boolean {
    if (!this.fits(amounts, this.nowMs)) return false
    this.record(amounts)
    return true
  }

  record(amounts: Amounts, atMs = this.nowMs): void {
    this.uses.push({ atMs, amounts })
  }

  reserve(amounts: Amounts, lifeMs: number): Hold | undefined {
    if (!this.fits(amounts, this.nowMs)) return undefined
    const hold: Hold = {
      atMs: this.nowMs,
      amounts: { ...amounts },
      expiresAtMs: this.nowMs + lifeMs,
      state: 'held',
    }
    this.holds.push(hold)
    return hold
  }

  extend(hold: Hold, more: Amounts, lifeMs: number): boolean {
    this.#expire()
    if (hold.state !== 'held') return false
    if (!this.fits(more, hold.atMs)) return false
    for (const [meter, amount] of Object.entries(more)) {
      hold.amounts[meter] = (hold.amounts[meter] ?? 0) + amount
    }
    hold.expiresAtMs = Math.max(hold.expiresAtMs, this.nowMs + lifeMs)
    return true
  }

  settle(hold: Hold, amounts: Amounts): void {
    this.#expire()
    if (hold.state !== 'held' && hold.state !== 'expired') return
    hold.state = 'settled'
    this.record(amounts, hold.atMs)
  }

  release(hold: Hold): void {
    this.#expire()
    if (hold.state === 'held') hold.state = 'released'
  }

  fits(amounts: Amounts, atMs: number): boolean {
    return this.#limits.every((limit) => {
      const asked = amounts[limit.meter] ?? 0
      if (limit.behavior !== 'hard' || asked === 0) return true
      return this.level(limit, atMs) + asked <= limit.max
    })
  }

  /** Used and held in the limit's window that contains an instant. */
  level(limit: ModelLimit, atMs: number): number {
    this.#expire()
    const start = windowStart(limit.window, atMs, this.#anchorMs)
    const within = (one: { atMs: number }) =>
      windowStart(limit.window, one.atMs, this.#anchorMs) === start
    const sum = (list: readonly { atMs: number; amounts: Amounts }[]) =>
      list.filter(within).reduce((total, one) => total + (one.amounts[limit.meter] ?? 0), 0)
    return sum(this.uses) + sum(this.holds.filter((hold) => hold.state === 'held'))
  }

  get limits(): readonly ModelLimit[] {
    return this.#limits
  }

  #expire(): void {
    for (const hold of this.holds) {
      if (hold.state === 'held' && hold.expiresAtMs <= this.nowMs) hold.state = 'expired'
    }
  }
}
