/**
 * The expected invoices, computed from the documentation and independent of the engine: in exact
 * fractions, one unit of use and one stretch of time after the other.
 */

/** A fraction, not in lowest terms. */
interface Exact {
  readonly over: bigint
  readonly under: bigint
}

const exact = (over: bigint, under = 1n): Exact => ({ over, under })
const plus = (a: Exact, b: Exact): Exact =>
  exact(a.over * b.under + b.over * a.under, a.under * b.under)
const times = (a: Exact, b: Exact): Exact => exact(a.over * b.over, a.under * b.under)
const minus = (a: Exact, b: Exact): Exact => plus(a, exact(-b.over, b.under))
const isMore = (a: Exact, b: Exact): boolean => a.over * b.under > b.over * a.under
const NONE = exact(0n)
const total = (parts: readonly Exact[]): Exact => parts.reduce(plus, NONE)

/** Half away from zero. */
const rounded = (value: Exact, decimals: number): bigint => {
  const scaled = value.over * 10n ** BigInt(decimals)
  const size = scaled < 0n ? -scaled : scaled
  const nearest = (2n * size + value.under) / (2n * value.under)
  return scaled < 0n ? -nearest : nearest
}

const dollars = (text: string): Exact => {
  const [whole = '0', rest = ''] = text.split('.')
  return exact(BigInt(whole + rest), 10n ** BigInt(rest.length))
}

interface Tier {
  /** Whole units; null means unlimited. */
  readonly upTo: number | null
  readonly unitPrice: string
  readonly flatFee?: string
}

export type Rate = (
  | { readonly model: 'flat'; readonly unitPrice: string }
  | { readonly model: 'graduated' | 'volume'; readonly tiers: readonly Tier[] }
  | { readonly model: 'package'; readonly packageSize: number; readonly packagePrice: string }
) & { readonly minimum?: string; readonly maximum?: string }

export type Window = 'hour' | 'day' | 'month' | 'period'

/** The part of a plan that it charges for. */
export interface RatedPlan {
  readonly key: string
  readonly price: string
  readonly limits: readonly {
    readonly window: Window
    readonly max: number
    readonly cap?: number
  }[]
  readonly rate?: Rate
}

/** Units are hundredths of a whole one. */
const UNITS = 100n

export interface Use {
  readonly atMs: number
  readonly units: bigint
  /** When the event was recorded, and when it was reversed. */
  readonly toldMs: number
  readonly undoneMs?: number | undefined
}

interface Stretch {
  readonly fromMs: number
  readonly toMs: number
}

export interface Subscribed {
  readonly startMs: number
  readonly trialEndMs?: number | undefined
  /** The plan from an instant on, in time order. */
  readonly plans: readonly { readonly fromMs: number; readonly plan: RatedPlan }[]
  readonly pauses: readonly Stretch[]
  readonly uses: readonly Use[]
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** How long after its end a period is closed. */
export const CLOSED_AFTER_MS = 2 * HOUR_MS
/** How far back an invoice is still corrected. */
const CORRECTED_MS = 100 * DAY_MS

const midnight = (ms: number): number => Math.floor(ms / DAY_MS) * DAY_MS

/** The k-th boundary: this many months after the first day, clamped to the month's end. */
export const boundary = (startMs: number, k: number): number => {
  const first = new Date(startMs)
  const [year, month] = [first.getUTCFullYear(), first.getUTCMonth() + k]
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  return Date.UTC(year, month, Math.min(first.getUTCDate(), last))
}

const monthOf = (ms: number): Stretch => {
  const date = new Date(ms)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  return { fromMs: Date.UTC(year, month, 1), toMs: Date.UTC(year, month + 1, 1) }
}

/** The windows billed with a period: a month belongs to the period in which it begins. */
const windowsOf = (window: Window, period: Stretch): Stretch[] => {
  if (window === 'period') return [period]
  if (window === 'month') return [monthOf(period.fromMs)]
  const length = window === 'day' ? DAY_MS : HOUR_MS
  const count = (period.toMs - period.fromMs) / length
  return Array.from({ length: count }, (_, index) => ({
    fromMs: period.fromMs + index * length,
    toMs: period.fromMs + (index + 1) * length,
  }))
}

interface Part extends Stretch {
  readonly plan: RatedPlan
  readonly isPaid: boolean
}

/** A stretch between changes of the plan or of what is paid. */
const partsOf = (one: Subscribed, { fromMs, toMs }: Stretch): Part[] => {
  // A start, and a trial's end on the first day, count from midnight.
  const paidFromMs = one.trialEndMs ?? midnight(one.startMs)
  const cuts = [
    ...[fromMs, toMs, paidFromMs],
    ...one.plans.map((each) => each.fromMs),
    ...one.pauses.flatMap((pause) => [pause.fromMs, pause.toMs]),
  ]
  const sorted = [...new Set(cuts)].filter((ms) => ms >= fromMs && ms <= toMs).sort((a, b) => a - b)
  return sorted.slice(0, -1).map((cutMs, index) => ({
    fromMs: cutMs,
    toMs: sorted[index + 1] as number,
    plan: (one.plans.findLast((each) => each.fromMs <= cutMs) ?? one.plans[0])?.plan as RatedPlan,
    isPaid:
      cutMs >= paidFromMs &&
      !one.pauses.some((pause) => pause.fromMs <= cutMs && cutMs < pause.toMs),
  }))
}

const limitOn = (plan: RatedPlan, window: Window) =>
  plan.limits.find((one) => one.window === window)

/** The amount that one price has charged in a window. */
interface Tally {
  amount: Exact
  units: bigint
  readonly fees: Set<number>
}

/** The cost of one limit's use in one window, and the amount past the included part. */
const costOf = (one: Subscribed, window: Window, stretch: Stretch, knownMs: number) => {
  const parts = partsOf(one, stretch)
  if (!parts.some(({ plan }) => limitOn(plan, window))) return { cost: NONE, over: 0n, used: 0n }
  const tallies = new Map<string, Tally>()
  let position = 0n
  let cost = NONE
  let over = 0n
  for (const part of parts) {
    const units = one.uses
      .filter((use) => use.atMs >= part.fromMs && use.atMs < part.toMs && isKnown(use, knownMs))
      .reduce((sum, use) => sum + use.units, 0n)
    const before = position
    position += units
    const limit = limitOn(part.plan, window)
    if (!limit || !part.isPaid || !part.plan.rate || units === 0n) continue
    const past = (at: bigint) => {
      const capped = limit.cap !== undefined && at > BigInt(limit.cap) * UNITS
      const upTo = (capped ? BigInt(limit.cap as number) * UNITS : at) - BigInt(limit.max) * UNITS
      return upTo > 0n ? upTo : 0n
    }
    const tally = tallies.get(part.plan.key) ?? { amount: NONE, units: 0n, fees: new Set() }
    tallies.set(part.plan.key, tally)
    const charged = chargeOf(part.plan.rate, tally, past(before), past(position))
    over += past(position) - past(before)
    cost = plus(cost, charged)
  }
  return { cost: atLeast(window, parts, stretch, position, cost), over, used: position }
}

const isKnown = ({ toldMs, undoneMs }: Use, atMs: number): boolean =>
  toldMs <= atMs && (undoneMs === undefined || undoneMs > atMs)

/** The units after `from` up to `to`, both past the included amount. */
const chargeOf = (rate: Rate, tally: Tally, from: bigint, to: bigint): Exact => {
  if (to === from) return NONE
  const raw = rawCharge(rate, tally, from, to)
  tally.units += to - from
  const most = rate.maximum === undefined ? undefined : dollars(rate.maximum)
  const all = plus(tally.amount, raw)
  const kept = most && isMore(all, most) ? most : all
  const charged = minus(kept, tally.amount)
  tally.amount = kept
  return charged
}

const rawCharge = (rate: Rate, tally: Tally, from: bigint, to: bigint): Exact => {
  const each = (price: string, units: bigint) => times(dollars(price), exact(units, UNITS))
  if (rate.model === 'flat') return each(rate.unitPrice, to - from)
  if (rate.model === 'package') {
    const size = BigInt(rate.packageSize) * UNITS
    const begun = (units: bigint) => (units + size - 1n) / size
    const packages = begun(tally.units + to - from) - begun(tally.units)
    return times(dollars(rate.packagePrice), exact(packages))
  }
  const feeOnce = (tier: number) => {
    if (tally.fees.has(tier)) return NONE
    tally.fees.add(tier)
    return dollars(rate.tiers[tier]?.flatFee ?? '0')
  }
  const endOf = (tier: number) => {
    const upTo = rate.tiers[tier]?.upTo ?? null
    return upTo === null ? undefined : BigInt(upTo) * UNITS
  }
  if (rate.model === 'volume') {
    const reached = rate.tiers.findIndex((_, tier) => to <= (endOf(tier) ?? to))
    return plus(each(rate.tiers[reached]?.unitPrice ?? '0', to - from), feeOnce(reached))
  }
  return total(
    rate.tiers.map((tier, index) => {
      const startsAt = index === 0 ? 0n : (endOf(index - 1) as bigint)
      const first = startsAt > from ? startsAt : from
      const end = endOf(index) ?? to
      const last = end < to ? end : to
      return last > first ? plus(each(tier.unitPrice, last - first), feeOnce(index)) : NONE
    }),
  )
}

/** The minimum's share for the paid part of a window, by the price at the window's end. */
const atLeast = (
  window: Window,
  parts: readonly Part[],
  { fromMs, toMs }: Stretch,
  used: bigint,
  cost: Exact,
): Exact => {
  const paid = parts.filter(({ isPaid }) => isPaid)
  const last = paid.at(-1)
  const least = last && limitOn(last.plan, window) && last.plan.rate?.minimum
  if (least === undefined || (used === 0n && (window === 'hour' || window === 'day'))) return cost
  const paidMs = paid.reduce((sum, part) => sum + part.toMs - part.fromMs, 0)
  const share = times(dollars(least), exact(BigInt(paidMs), BigInt(toMs - fromMs)))
  const due = exact(rounded(share, 12), 10n ** 12n)
  return isMore(due, cost) ? due : cost
}

/** A line to compare: kind, subject, cents, and the units it leads to. */
export type RatedLine = readonly [kind: string, of: string, cents: bigint, used: bigint]

/** The invoices of all periods closed by an instant: their lines, sorted. */
export const expectedInvoices = (one: Subscribed, untilMs: number): RatedLine[][] => {
  const periods: Stretch[] = []
  for (let k = 0; boundary(one.startMs, k + 1) + CLOSED_AFTER_MS <= untilMs; k += 1) {
    periods.push({ fromMs: boundary(one.startMs, k), toMs: boundary(one.startMs, k + 1) })
  }
  const billed = new Map<string, bigint>()
  return periods.map((period, index) => {
    const knownMs = period.toMs + CLOSED_AFTER_MS
    const lines: RatedLine[] = [...priceLines(one, period)]
    for (const window of limitsAround(one, period)) {
      const { cents, over, used } = rated(one, window, period, knownMs)
      billed.set(`${index}/${window}`, cents)
      if (cents > 0n || over > 0n) lines.push(['overage', window, cents, used])
    }
    for (const [earlier, other] of periods.slice(0, index).entries()) {
      if (other.toMs < period.fromMs - CORRECTED_MS) continue
      for (const window of limitsAround(one, other)) {
        const name = `${earlier}/${window}`
        const { cents, used } = rated(one, window, other, knownMs)
        const more = cents - (billed.get(name) ?? 0n)
        billed.set(name, cents)
        if (more !== 0n) {
          lines.push(['adjustment', `${window} of ${earlier}`, more, used])
        }
      }
    }
    return lines.sort(byText)
  })
}

export const byText = (a: RatedLine, b: RatedLine): number => (String(a) < String(b) ? -1 : 1)

/** The windows by which some plan of that time charges, billed with a period. */
const limitsAround = (one: Subscribed, period: Stretch): Window[] => {
  const around = { fromMs: monthOf(period.fromMs).fromMs, toMs: period.toMs }
  const parts = partsOf(one, around)
  return (['hour', 'day', 'month', 'period'] as const).filter((window) =>
    parts.some(({ plan }) => limitOn(plan, window)),
  )
}

const rated = (one: Subscribed, window: Window, period: Stretch, knownMs: number) => {
  const windows = windowsOf(window, period).map((each) => costOf(one, window, each, knownMs))
  return {
    cents: rounded(total(windows.map(({ cost }) => cost)), 2),
    over: windows.reduce((sum, { over }) => sum + over, 0n),
    used: windows.reduce((sum, { used }) => sum + used, 0n),
  }
}

/** Each plan's price for its paid seconds. */
const priceLines = (one: Subscribed, period: Stretch): RatedLine[] => {
  const merged: Part[] = []
  for (const part of partsOf(one, period).filter(({ isPaid }) => isPaid)) {
    const last = merged.at(-1)
    if (last && last.plan === part.plan && last.toMs === part.fromMs) {
      merged[merged.length - 1] = { ...last, toMs: part.toMs }
    } else merged.push(part)
  }
  return merged.map(({ plan, fromMs, toMs }) => {
    const share = exact(BigInt(toMs - fromMs), BigInt(period.toMs - period.fromMs))
    const isWhole = toMs - fromMs === period.toMs - period.fromMs
    const cents = rounded(times(dollars(plan.price), share), 2)
    return [isWhole ? 'subscription' : 'proration', 'price', cents, 0n]
  })
}
