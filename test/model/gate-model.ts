import type { LimitBehavior, LimitSubject, LimitWindow } from '../../src/core/catalog-words.ts'
import { windowEnd, windowStart } from '../../src/core/windows.ts'

/**
 * The rules of the gate a second time, as simply as possible: one organization, lists and sums,
 * nothing cached. Only here may a rule be repeated. Amounts are whole numbers in the meter's
 * smallest unit.
 */

export interface ModelLimit {
  readonly meter: string
  readonly window: LimitWindow
  readonly per?: LimitSubject
  /** null: unlimited */
  readonly max: number | null
  readonly behavior: LimitBehavior
  readonly burst?: number
  readonly cap?: number
}

export type Amounts = Readonly<Record<string, number>>

export interface ModelCall {
  readonly amounts: Amounts
  readonly userId?: string | undefined
  /** The time of the use. It decides the windows; rates always use the current time. */
  readonly atMs: number
}

export interface ModelHold {
  readonly call: ModelCall
  amounts: Amounts
  expiresAtMs: number
  state: 'held' | 'settled' | 'released' | 'expired'
}

/** The expected decision. */
export interface Verdict {
  readonly allowed: boolean
  /** By name, with the level after an allowed call, or before a refused one. */
  readonly limits: Readonly<Record<string, { used: number; refused: boolean }>>
  readonly refusing: readonly ModelLimit[]
  /** The per-user limits that a call without a user touched. */
  readonly missing: readonly ModelLimit[]
  /** When the call would fit; undefined if it never fits, or was allowed. */
  readonly retryAtMs: number | undefined
}

export class GateModel {
  nowMs: number
  readonly #anchorMs: number
  plan: readonly ModelLimit[]
  readonly #overrides: { limit: ModelLimit; expiresAtMs: number }[] = []
  readonly #uses: { atMs: number; amounts: Amounts }[] = []
  readonly #holds: ModelHold[] = []
  readonly #rates = new Map<string, { debt: bigint; atMs: number; max: number }>()
  /** An external owner of a rate leaks at the maximum in force at its last read. */
  readonly #isElsewhere: (limit: ModelLimit) => boolean

  constructor(
    nowMs: number,
    anchorMs: number,
    plan: readonly ModelLimit[],
    isElsewhere: (limit: ModelLimit) => boolean = () => false,
  ) {
    this.nowMs = nowMs
    this.#anchorMs = anchorMs
    this.plan = plan
    this.#isElsewhere = isElsewhere
  }

  override(limit: ModelLimit, expiresAtMs = Number.POSITIVE_INFINITY): void {
    this.#overrides.unshift({ limit, expiresAtMs })
  }

  /**
   * The newest override of each limit applies until it ends for good; otherwise the plan's limit.
   */
  limits(): readonly ModelLimit[] {
    const newest = this.#overrides.filter(
      ({ limit }, index, all) =>
        all.findIndex((one) => nameOf(one.limit) === nameOf(limit)) === index,
    )
    const standing = newest
      .filter(({ expiresAtMs }) => expiresAtMs > this.nowMs)
      .map(({ limit }) => limit)
    const overridden = new Set(standing.map(nameOf))
    return [...standing, ...this.plan.filter((limit) => !overridden.has(nameOf(limit)))]
  }

  check(call: ModelCall): Verdict {
    return this.#decide(call, false)
  }

  track(call: ModelCall): Verdict {
    const verdict = this.#decide(call, false)
    if (verdict.allowed) {
      this.#charge(call)
      this.record(call)
    }
    return verdict
  }

  record({ atMs, amounts }: ModelCall): void {
    this.#uses.push({ atMs, amounts })
  }

  reserve(call: ModelCall, lifeMs: number): Verdict & { hold?: ModelHold } {
    const verdict = this.#decide(call, true)
    if (!verdict.allowed) return verdict
    const expiresAtMs = this.nowMs + lifeMs
    const hold: ModelHold = { call, amounts: call.amounts, expiresAtMs, state: 'held' }
    this.#charge(call)
    this.#holds.push(hold)
    return { ...verdict, hold }
  }

  /** Undefined if it is no longer held. */
  extend(hold: ModelHold, amounts: Amounts, lifeMs: number): Verdict | undefined {
    this.expire()
    if (hold.state !== 'held') return undefined
    const call = { ...hold.call, amounts }
    const verdict = this.#decide(call, true)
    if (!verdict.allowed) return verdict
    this.#charge(call)
    hold.amounts = sumOf([hold.amounts, amounts])
    hold.expiresAtMs = Math.max(hold.expiresAtMs, this.nowMs + lifeMs)
    return verdict
  }

  /** The expected settlement; undefined if it was released. */
  settle(hold: ModelHold, amounts: Amounts): { late: boolean; again: boolean } | undefined {
    this.expire()
    const { state } = hold
    if (state === 'released') return undefined
    if (state === 'settled') return { late: false, again: true }
    hold.state = 'settled'
    this.record({ ...hold.call, amounts })
    return { late: state === 'expired', again: false }
  }

  release(hold: ModelHold): void {
    this.expire()
    if (hold.state === 'held') hold.state = 'released'
  }

  expire(): void {
    for (const hold of this.#holds) {
      if (hold.state === 'held' && hold.expiresAtMs <= this.nowMs) hold.state = 'expired'
    }
  }

  /** Used and held: in the window of a moment, leaking, or open at this moment. */
  level(limit: ModelLimit, atMs: number, userId = ''): number {
    this.expire()
    const { meter, window } = limit
    const held = this.#holds.filter(({ state }) => state === 'held')
    if (window === 'minute') return this.#rateLevel(limit, userId, this.nowMs)
    if (window === 'concurrent') {
      const whose = held.filter(({ call }) => limit.per !== 'user' || call.userId === userId)
      return sumOf(whose.map(({ amounts }) => amounts))[meter] ?? 0
    }
    const start = windowStart(window, atMs, this.#anchorMs)
    const isWithin = (at: number) => windowStart(window, at, this.#anchorMs) === start
    const uses = this.#uses.filter((use) => isWithin(use.atMs))
    const holds = held.filter(({ call }) => isWithin(call.atMs))
    return sumOf([...uses, ...holds].map(({ amounts }) => amounts))[meter] ?? 0
  }

  /** Every call reads the external rates, whatever its outcome. */
  touch(call: ModelCall): void {
    const rates = this.#touched(call).filter(
      (limit) => limit.window === 'minute' && !isMissing(limit, call),
    )
    for (const limit of rates.filter(this.#isElsewhere)) {
      const subject = subjectOf(limit, call)
      const debt = this.#debt(limit, subject, this.nowMs)
      const rate = { debt, atMs: this.nowMs, max: limit.max ?? 0 }
      if (limit.max !== null) this.#rates.set(`${nameOf(limit)} ${subject}`, rate)
    }
  }

  /** Holds that expired unsettled in the window of a moment. */
  lapsed(limit: ModelLimit, atMs: number): number {
    this.expire()
    if (limit.window === 'minute' || limit.window === 'concurrent') return 0
    const { window, meter } = limit
    const start = windowStart(window, atMs, this.#anchorMs)
    const holds = this.#holds.filter(
      ({ state, call }) =>
        state === 'expired' && windowStart(window, call.atMs, this.#anchorMs) === start,
    )
    return sumOf(holds.map(({ amounts }) => amounts))[meter] ?? 0
  }

  #decide(call: ModelCall, reserving: boolean): Verdict {
    this.touch(call)
    const touched = this.#touched(call).filter(({ window }) => reserving || window !== 'concurrent')
    const levelOf = (limit: ModelLimit) => this.level(limit, call.atMs, subjectOf(limit, call))
    const askedOf = ({ meter }: ModelLimit) => call.amounts[meter] ?? 0
    const missing = touched.filter((limit) => isMissing(limit, call))
    const refusing = touched.filter(
      (limit) =>
        missing.includes(limit) ||
        levelOf(limit) + askedOf(limit) > (ceilingOf(limit) ?? Number.POSITIVE_INFINITY),
    )
    const allowed = refusing.length === 0
    const limits = touched.map((limit) => [
      nameOf(limit),
      {
        used: isUncounted(limit) ? 0 : levelOf(limit) + (allowed ? askedOf(limit) : 0),
        refused: refusing.includes(limit),
      },
    ])
    const waits = refusing.map((limit) => this.retryAtMs(limit, call))
    const retryAtMs = allowed || waits.includes(undefined) ? undefined : latest(waits)
    return { allowed, limits: Object.fromEntries(limits), refusing, missing, retryAtMs }
  }

  /** When a limit would allow a refused call; undefined if never. */
  retryAtMs(limit: ModelLimit, call: ModelCall): number | undefined {
    const { meter, window, max } = limit
    if (window === 'concurrent' || isMissing(limit, call)) return undefined
    const asked = call.amounts[meter] ?? 0
    const full = ceilingOf(limit) ?? 0
    if (window !== 'minute') {
      return asked > full ? undefined : windowEnd(window, call.atMs, this.#anchorMs)
    }
    if (asked > full || !max) return undefined
    const fitsAt = (atMs: number) =>
      this.#rateLevel(limit, subjectOf(limit, call), atMs) + asked <= full
    let tooEarly = this.nowMs
    let fitting = tooEarly + 1
    while (!fitsAt(fitting)) fitting += fitting - this.nowMs
    while (fitting - tooEarly > 1) {
      const middle = Math.floor((tooEarly + fitting) / 2)
      if (fitsAt(middle)) fitting = middle
      else tooEarly = middle
    }
    return fitting
  }

  #touched(call: ModelCall): ModelLimit[] {
    return this.limits().filter(
      (limit) =>
        (call.amounts[limit.meter] ?? 0) > 0 &&
        (limit.per !== 'user' || call.userId !== undefined || isMissing(limit, call)),
    )
  }

  /** The amount that has not leaked out yet, rounded up to a unit. */
  #rateLevel(limit: ModelLimit, subject: string, atMs: number): number {
    return Number((this.#debt(limit, subject, atMs) + 59_999n) / 60_000n)
  }

  /** In unit-milliseconds: a unit is 60,000 of them, and `max` leak every millisecond. */
  #debt(limit: ModelLimit, subject: string, atMs: number): bigint {
    const rate = this.#rates.get(`${nameOf(limit)} ${subject}`)
    if (!rate || limit.max === null) return 0n
    const max = this.#isElsewhere(limit) ? rate.max : limit.max
    const left = rate.debt - BigInt(max) * BigInt(atMs - rate.atMs)
    return left > 0n ? left : 0n
  }

  #charge(call: ModelCall): void {
    const rates = this.#touched(call).filter(
      (limit) => limit.window === 'minute' && !isUncounted(limit),
    )
    for (const limit of rates) {
      const subject = subjectOf(limit, call)
      const poured = BigInt(call.amounts[limit.meter] ?? 0) * 60_000n
      const debt = this.#debt(limit, subject, this.nowMs) + poured
      const rate = { debt, atMs: this.nowMs, max: limit.max ?? 0 }
      this.#rates.set(`${nameOf(limit)} ${subject}`, rate)
    }
  }
}

/** Nothing is added to an unlimited rate. */
const isUncounted = ({ window, max }: ModelLimit): boolean => window === 'minute' && max === null

/** A per-user limit that refuses must know the user. */
const isMissing = ({ per, max, behavior }: ModelLimit, call: ModelCall): boolean =>
  per === 'user' && call.userId === undefined && max !== null && behavior === 'hard'

/** The name that identifies a limit. */
export const nameOf = ({ meter, window, per = 'organization' }: ModelLimit): string =>
  `${meter}/${window}/${per}`

/** Calls past it are refused; undefined if there is none. */
export const ceilingOf = ({ window, max, behavior, burst, cap }: ModelLimit) => {
  if (max === null || behavior === 'soft') return undefined
  if (behavior === 'overage') return cap
  return window === 'minute' ? (burst ?? max) : max
}

const subjectOf = ({ per }: ModelLimit, call: ModelCall): string =>
  per === 'user' ? (call.userId ?? '') : ''

const sumOf = (list: readonly Amounts[]): Amounts => {
  const sum: Record<string, number> = {}
  for (const [meter, amount] of list.flatMap((amounts) => Object.entries(amounts))) {
    sum[meter] = (sum[meter] ?? 0) + amount
  }
  return sum
}

const latest = (moments: readonly (number | undefined)[]): number =>
  Math.max(...moments.map((moment) => moment ?? 0))
