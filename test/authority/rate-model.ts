import type { Taken } from '../../src/engine/counters/authority/authority.ts'

export interface RateRule {
  readonly max: number
  readonly windowMs: number
  readonly burst: number
}

/**
 * A leaky bucket by its definition, in unbounded whole numbers. Each used unit adds `windowMs` of
 * debt, and `max` leaks each millisecond. Leased units do not leak. Units of a process that is
 * silent for a window and a lease's life count as used then.
 */
export class RateModel {
  readonly #leaseTtlMs: number
  readonly #leases = new Map<number, { units: bigint; heardMs: number }>()
  #debt = 0n
  #leak = 0n
  #atMs: number

  constructor(nowMs: number, leaseTtlMs: number) {
    this.#atMs = nowMs
    this.#leaseTtlMs = leaseTtlMs
  }

  /** The expected answer to a take of these units. Book its granted leases with `leased`. */
  take(node: number, rule: RateRule, units: number, nowMs: number): Taken {
    this.#bringUpToDate(node, rule, nowMs)
    const window = BigInt(rule.windowMs)
    const room = BigInt(rule.burst) - this.leasedUnits() - BigInt(units)
    const fits = this.#debt <= room * window
    if (fits) this.#debt += BigInt(units) * window
    this.#heard(node, nowMs)
    const level = this.level(rule)
    if (fits) return { taken: true, grants: [{ leased: 0, level }] }
    const excess = this.#debt - room * window
    const retryAfterMs =
      room < 0n || rule.max === 0 ? undefined : Number(ceiling(excess, BigInt(rule.max)))
    const recallable = [...this.#leases].some(
      ([holder, lease]) => holder !== node && lease.heardMs + this.#leaseTtlMs >= nowMs,
    )
    return { taken: false, refused: [{ want: 0, level, recallable, retryAfterMs }] }
  }

  leased(node: number, units: number, nowMs: number): void {
    const held = this.leaseOf(node)
    if (units > 0) this.#leases.set(node, { units: BigInt(held + units), heardMs: nowMs })
  }

  give(node: number, rule: RateRule, units: number, as: string, nowMs: number): void {
    this.#bringUpToDate(node, rule, nowMs)
    const debt = BigInt(units) * BigInt(rule.windowMs)
    if (as === 'undone') this.#debt = debt > this.#debt ? 0n : this.#debt - debt
    if (as === 'spent') this.#debt += debt
    if (as !== 'undone') {
      const rest = this.leaseOf(node) - units
      if (rest > 0) this.#leases.set(node, { units: BigInt(rest), heardMs: nowMs })
      else this.#leases.delete(node)
    }
    this.#heard(node, nowMs)
  }

  leaseOf(node: number): number {
    return Number(this.#leases.get(node)?.units ?? 0n)
  }

  leasedUnits(): bigint {
    return [...this.#leases.values()].reduce((sum, { units }) => sum + units, 0n)
  }

  level(rule: RateRule): number {
    return Number(ceiling(this.#debt, BigInt(rule.windowMs)) + this.leasedUnits())
  }

  #heard(node: number, nowMs: number): void {
    const lease = this.#leases.get(node)
    if (lease) lease.heardMs = nowMs
  }

  #bringUpToDate(node: number, rule: RateRule, nowMs: number): void {
    const leaked = this.#leak * BigInt(nowMs - this.#atMs)
    this.#debt = leaked > this.#debt ? 0n : this.#debt - leaked
    this.#atMs = nowMs
    this.#leak = BigInt(rule.max)
    for (const [holder, { units, heardMs }] of this.#leases) {
      if (holder === node || heardMs + rule.windowMs + this.#leaseTtlMs >= nowMs) continue
      this.#leases.delete(holder)
      this.#debt += units * BigInt(rule.windowMs)
    }
  }
}

const ceiling = (a: bigint, b: bigint): bigint => (a + b - 1n) / b
