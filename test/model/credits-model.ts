import { createHash } from 'node:crypto'

/** Credits in whole numbers, as simply as possible. */

export interface ModelGrant {
  /** The engine's id for it: among equal grants the lower id goes first. */
  readonly id: string
  readonly series?: ModelSeries | undefined
  readonly priority: number
  readonly startsAtMs: number
  readonly expiresAtMs: number | undefined
  left: number
  ended: boolean
}

/** Recurring credits. */
export interface ModelSeries {
  readonly id: string
  readonly credits: number
  readonly priority: number
  readonly startsAtMs: number
  readonly rolloverMax: number
  made: number
  ended: boolean
}

/** A plan's allowance, and whether use past it is refused or charged. */
export interface ModelTerms {
  readonly allowance: number
  readonly charges: boolean
}

interface ModelHold {
  readonly credits: number
  readonly atMs: number
  readonly endsMs: number
}

/** A billing period, and the payer of each credit in it. */
interface Period {
  readonly startMs: number
  readonly endMs: number
  level: number
  fromPlan: number
  owed: number
  overage: number
  /** The rules at its last change, which apply to later changes of an ended period. */
  terms: ModelTerms | undefined
  readonly draws: Map<ModelGrant, number>
}

/** The plan's allowance: priority 100, until the end of its period. */
type Source = ModelGrant | 'plan'

const PLAN_PRIORITY = 100

export class CreditsModel {
  readonly grants: ModelGrant[] = []
  readonly series: ModelSeries[] = []
  readonly holds: ModelHold[] = []
  readonly #periods = new Map<number, Period>()
  readonly #periodOf: (atMs: number) => { startMs: number; endMs: number }
  terms: ModelTerms
  /** Since when no new credits come, if so. */
  pausedAtMs: number | undefined
  closedAtMs: number | undefined
  #changedAtMs = Number.NEGATIVE_INFINITY
  /** Nothing is accounted before the first grant: earlier use belongs to the plan. */
  #isOpen = false
  #doneMs: number

  constructor(
    terms: ModelTerms,
    startMs: number,
    periodOf: (atMs: number) => { startMs: number; endMs: number },
  ) {
    this.terms = terms
    this.#doneMs = startMs
    this.#periodOf = periodOf
  }

  /** Runs everything due until then, in order and at its instant. */
  advance(toMs: number): void {
    for (;;) {
      const next = this.#nextMs()
      if (next === undefined || next > toMs) break
      this.#doneMs = next
      this.#lapse(next)
      for (const one of this.series) this.#renew(one, next, next)
      for (const grant of this.grants) if (grant.expiresAtMs === next) grant.left = 0
      this.#settle(next)
    }
    this.#doneMs = toMs
  }

  give(grant: Omit<ModelGrant, 'left' | 'ended'> & { credits: number }, nowMs: number): void {
    this.#open(nowMs)
    const { credits, ...terms } = grant
    this.grants.push({ ...terms, left: credits, ended: false })
    this.#settle(nowMs)
  }

  /** Backdated grants are created now, and pay for nothing from before. */
  giveAgain(series: Omit<ModelSeries, 'made' | 'ended'>, nowMs: number): void {
    const made = { ...series, made: 0, ended: false }
    this.series.push(made)
    while (cycleStart(made, made.made) <= nowMs) {
      const dueMs = cycleStart(made, made.made)
      this.#renew(made, dueMs, nowMs)
      for (const grant of this.grants) {
        if (grant.series === made && grant.expiresAtMs === dueMs) grant.left = 0
      }
      this.#settle(nowMs)
    }
  }

  end(grant: ModelGrant): void {
    grant.left = 0
    grant.ended = true
  }

  hold(hold: ModelHold, nowMs: number): void {
    this.holds.push(hold)
    this.move(hold.atMs, hold.credits, nowMs)
  }

  /** Its `used` part stays. */
  release(hold: ModelHold, nowMs: number, used = 0): void {
    this.holds.splice(this.holds.indexOf(hold), 1)
    this.move(hold.atMs, used - hold.credits, nowMs)
  }

  /** Holds that end at one instant end together, before a grant that begins then pays anything. */
  #lapse(atMs: number): void {
    for (const hold of this.holds.filter(({ endsMs }) => endsMs === atMs)) {
      this.holds.splice(this.holds.indexOf(hold), 1)
      this.#period(hold.atMs).level -= hold.credits
    }
    this.#settle(atMs)
  }

  change(terms: ModelTerms, nowMs: number): void {
    this.terms = terms
    this.#changedAtMs = nowMs
    const running = this.#periods.get(this.#periodOf(nowMs).startMs)
    if (this.#isOpen && running?.terms) running.terms = terms
    this.#settle(nowMs)
  }

  /** The credits available in the period of an instant; a negative amount must be paid first. */
  available(atMs: number, nowMs: number): number {
    const period = this.#period(atMs)
    if (!this.#isOpen) return Math.max(0, this.terms.allowance - period.level)
    const ofGrants = this.#usable(nowMs).reduce((sum, { left }) => sum + left, 0)
    const debt = this.terms.charges ? 0 : this.debt
    return this.#room(period, nowMs) + ofGrants - debt
  }

  /** The unpaid amount. */
  get debt(): number {
    return [...this.#periods.values()].reduce((sum, { owed }) => sum + owed, 0)
  }

  planLeft(atMs: number, nowMs: number): number {
    const period = this.#period(atMs)
    return this.#isOpen
      ? this.#room(period, nowMs)
      : Math.max(0, this.terms.allowance - period.level)
  }

  /** Uses or holds more credits in the period of an instant; a negative amount uses less. */
  move(atMs: number, credits: number, nowMs: number): void {
    this.#period(atMs).level += credits
    this.#settle(nowMs)
  }

  usableLeft(nowMs: number): number[] {
    return this.#usable(nowMs)
      .sort((a, b) => this.#compare(a, b, undefined))
      .map(({ left }) => left)
  }

  #nextMs(): number | undefined {
    const instants = [
      ...this.holds.map(({ endsMs }) => endsMs),
      ...this.grants.flatMap(({ startsAtMs, expiresAtMs }) => [startsAtMs, expiresAtMs ?? 0]),
    ].filter((ms) => ms > this.#doneMs)
    const renewals = this.series
      .filter(({ ended }) => !ended)
      .map((one) => cycleStart(one, one.made))
    return [...instants, ...renewals].sort((a, b) => a - b)[0]
  }

  #renew(series: ModelSeries, dueMs: number, nowMs: number): void {
    if (series.ended || cycleStart(series, series.made) !== dueMs) return
    const terms = { series, priority: series.priority, startsAtMs: dueMs }
    const name = `series:${series.id}:${series.made}`
    series.made += 1
    const until = { ...terms, expiresAtMs: cycleStart(series, series.made) }
    if (this.closedAtMs !== undefined && this.closedAtMs <= dueMs) return
    const over = this.grants
      .filter((grant) => grant.series === series && grant.expiresAtMs === dueMs)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
    const carried = Math.min(
      series.rolloverMax,
      over.reduce((sum, { left }) => sum + left, 0),
    )
    let rest = carried
    for (const grant of over) {
      const part = Math.min(rest, grant.left)
      grant.left -= part
      rest -= part
    }
    if (carried > 0) {
      this.grants.push({ ...until, id: idOf(`${name}:rollover`), left: carried, ended: false })
      this.#settle(nowMs)
    }
    if (this.pausedAtMs !== undefined && this.pausedAtMs <= dueMs) return
    this.give({ ...until, id: idOf(name), credits: series.credits }, nowMs)
  }

  get isOpen(): boolean {
    return this.pausedAtMs === undefined && this.closedAtMs === undefined
  }

  #open(nowMs: number): void {
    if (this.#isOpen) return
    this.#isOpen = true
    for (const period of this.#periods.values()) {
      const isOver = period.endMs <= nowMs || this.#changedAtMs > period.startMs
      period.fromPlan = isOver ? period.level : Math.min(period.level, this.terms.allowance)
      const past = period.level - period.fromPlan
      if (this.terms.charges) period.overage = past
      else period.owed = past
      if (period.level !== 0) period.terms = this.terms
    }
  }

  #termsOf(period: Period, nowMs: number): ModelTerms {
    return period.endMs <= nowMs && period.terms ? period.terms : this.terms
  }

  #room(period: Period, nowMs: number): number {
    const { allowance } = this.#termsOf(period, nowMs)
    return Math.max(0, allowance - period.fromPlan - period.overage)
  }

  #settle(nowMs: number): void {
    if (!this.#isOpen) return
    const oldestFirst = [...this.#periods.values()].sort((a, b) => a.startMs - b.startMs)
    const moved = oldestFirst.map((period) => {
      const drawn = [...period.draws.values()].reduce((sum, units) => sum + units, 0)
      return { period, more: period.level - drawn - period.fromPlan - period.owed - period.overage }
    })
    for (const { period, more } of moved) {
      if (more !== 0) period.terms = this.#termsOf(period, nowMs)
      if (more < 0) this.#uncover(period, -more, nowMs)
    }
    for (const period of oldestFirst) period.owed = this.#pay(period, period.owed, nowMs)
    for (const { period, more } of moved) {
      if (more <= 0) continue
      const past = this.#pay(period, more, nowMs)
      if (this.#termsOf(period, nowMs).charges) period.overage += past
      else period.owed += past
    }
  }

  /** Returns the unpaid part of it. */
  #pay(period: Period, wanted: number, nowMs: number): number {
    let rest = wanted
    for (const source of this.#inOrder(period, this.#usable(nowMs))) {
      const has = source === 'plan' ? this.#room(period, nowMs) : source.left
      const part = Math.min(rest, has)
      if (source === 'plan') period.fromPlan += part
      else {
        source.left -= part
        period.draws.set(source, (period.draws.get(source) ?? 0) + part)
      }
      rest -= part
    }
    return rest
  }

  #uncover(period: Period, tooMuch: number, nowMs: number): void {
    const forgiven = Math.min(tooMuch, period.owed)
    period.owed -= forgiven
    const uncharged = Math.min(tooMuch - forgiven, period.overage)
    period.overage -= uncharged
    let rest = tooMuch - forgiven - uncharged
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
        ? [PLAN_PRIORITY, period?.endMs ?? 0, period?.startMs ?? 0, '']
        : [source.priority, source.expiresAtMs ?? Infinity, source.startsAtMs, source.id]
    const other = terms(b)
    for (const [index, value] of terms(a).entries()) {
      if (value !== other[index]) return value < (other[index] as number | string) ? -1 : 1
    }
    return 0
  }

  #period(atMs: number): Period {
    const { startMs, endMs } = this.#periodOf(atMs)
    const known = this.#periods.get(startMs)
    if (known) return known
    const empty = { level: 0, fromPlan: 0, owed: 0, overage: 0, terms: undefined }
    const period = { startMs, endMs, ...empty, draws: new Map() }
    this.#periods.set(startMs, period)
    return period
  }
}

/** The k-th date of a series: monthly, clamped to the month's end from the first date. */
const cycleStart = ({ startsAtMs }: ModelSeries, cycle: number): number => {
  const date = new Date(startsAtMs)
  const first = new Date(startsAtMs)
  first.setUTCDate(1)
  first.setUTCMonth(first.getUTCMonth() + cycle)
  const days = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate()
  first.setUTCDate(Math.min(date.getUTCDate(), days))
  return first.getTime()
}

const idOf = (name: string): string =>
  createHash('md5')
    .update(name)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
