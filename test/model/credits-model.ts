/** Credits in whole numbers, as plainly as they can be told. */

export interface ModelGrant {
  readonly id: number
  readonly priority: number
  readonly startsAtMs: number
  readonly expiresAtMs: number | undefined
  left: number
  ended: boolean
}

/** A billing period, and by whom each credit that stands in it was paid. */
interface Period {
  readonly startMs: number
  readonly endMs: number
  level: number
  fromPlan: number
  owed: number
  readonly draws: Map<ModelGrant, number>
}

/** The allowance of the plan: at priority 100, over at the end of its period. */
type Source = ModelGrant | 'plan'

const PLAN_PRIORITY = 100

export class CreditsModel {
  readonly grants: ModelGrant[] = []
  readonly #periods = new Map<number, Period>()
  readonly #periodOf: (atMs: number) => { startMs: number; endMs: number }
  allowance: number
  /** Nothing is accounted for before the first grant: what was used until then is the plan's. */
  #isOpen = false

  constructor(allowance: number, periodOf: (atMs: number) => { startMs: number; endMs: number }) {
    this.allowance = allowance
    this.#periodOf = periodOf
  }

  give(grant: Omit<ModelGrant, 'left' | 'ended'> & { credits: number }, nowMs: number): void {
    if (!this.#isOpen) {
      for (const period of this.#periods.values()) {
        period.fromPlan = Math.min(period.level, this.allowance)
        period.owed = period.level - period.fromPlan
      }
      this.#isOpen = true
    }
    const { credits, ...terms } = grant
    this.grants.push({ ...terms, left: credits, ended: false })
    this.#settle(nowMs)
  }

  end(grant: ModelGrant): void {
    grant.left = 0
    grant.ended = true
  }

  /** What can be used in the period of an instant. */
  available(atMs: number, nowMs: number): number {
    const period = this.#period(atMs)
    const ofPlan = this.#isOpen ? this.allowance - period.fromPlan : this.allowance - period.level
    const ofGrants = this.#usable(nowMs).reduce((sum, { left }) => sum + left, 0)
    return this.#isOpen ? ofPlan + ofGrants - period.owed : ofPlan
  }

  /** What nobody paid for. */
  get debt(): number {
    return [...this.#periods.values()].reduce((sum, { owed }) => sum + owed, 0)
  }

  planLeft(atMs: number): number {
    const { fromPlan, level } = this.#period(atMs)
    return Math.max(0, this.allowance - (this.#isOpen ? fromPlan : level))
  }

  /** More, or below zero less, is used or held in the period of an instant. */
  move(atMs: number, credits: number, nowMs: number): void {
    this.#period(atMs).level += credits
    this.#settle(nowMs)
  }

  usableLeft(nowMs: number): number[] {
    return this.#usable(nowMs)
      .sort((a, b) => this.#compare(a, b, undefined))
      .map(({ left }) => left)
  }

  #settle(nowMs: number): void {
    if (!this.#isOpen) return
    const oldestFirst = [...this.#periods.values()].sort((a, b) => a.startMs - b.startMs)
    for (const period of oldestFirst) {
      const drawn = [...period.draws.values()].reduce((sum, units) => sum + units, 0)
      const more = period.level - drawn - period.fromPlan - period.owed
      if (more >= 0) this.#cover(period, more + period.owed, nowMs)
      else this.#uncover(period, -more, nowMs)
    }
  }

  #cover(period: Period, wanted: number, nowMs: number): void {
    let rest = wanted
    for (const source of this.#inOrder(period, this.#usable(nowMs))) {
      const has = source === 'plan' ? Math.max(0, this.allowance - period.fromPlan) : source.left
      const part = Math.min(rest, has)
      if (source === 'plan') period.fromPlan += part
      else {
        source.left -= part
        period.draws.set(source, (period.draws.get(source) ?? 0) + part)
      }
      rest -= part
    }
    period.owed = rest
  }

  #uncover(period: Period, tooMuch: number, nowMs: number): void {
    const forgiven = Math.min(tooMuch, period.owed)
    period.owed -= forgiven
    let rest = tooMuch - forgiven
    for (const source of this.#inOrder(period, [...period.draws.keys()]).reverse()) {
      const gave = source === 'plan' ? period.fromPlan : (period.draws.get(source) ?? 0)
      const part = Math.min(rest, gave)
      if (source === 'plan') period.fromPlan -= part
      else {
        period.draws.set(source, gave - part)
        const isOver = source.ended || (source.expiresAtMs ?? Infinity) <= nowMs
        if (!isOver) source.left += part
      }
      rest -= part
    }
  }

  #usable(nowMs: number): ModelGrant[] {
    return this.grants.filter(
      ({ left, startsAtMs, expiresAtMs = Infinity }) =>
        left > 0 && startsAtMs <= nowMs && expiresAtMs > nowMs,
    )
  }

  #inOrder(period: Period, grants: readonly ModelGrant[]): Source[] {
    return [...grants, 'plan' as const].sort((a, b) => this.#compare(a, b, period))
  }

  #compare(a: Source, b: Source, period: Period | undefined): number {
    const terms = (source: Source) =>
      source === 'plan'
        ? [PLAN_PRIORITY, period?.endMs ?? 0, period?.startMs ?? 0, -1]
        : [source.priority, source.expiresAtMs ?? Infinity, source.startsAtMs, source.id]
    const other = terms(b)
    for (const [index, value] of terms(a).entries()) {
      if (value !== other[index]) return value < (other[index] as number) ? -1 : 1
    }
    return 0
  }

  #period(atMs: number): Period {
    const { startMs, endMs } = this.#periodOf(atMs)
    const known = this.#periods.get(startMs)
    if (known) return known
    const period = { startMs, endMs, level: 0, fromPlan: 0, owed: 0, draws: new Map() }
    this.#periods.set(startMs, period)
    return period
  }
}
