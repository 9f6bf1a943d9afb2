import type { AuditAct } from './audit.ts'

/** An act to be written to the log, and when it happened. */
export interface DatedAct {
  readonly act: AuditAct
  readonly at: Date
}

const KEEP_FIRST = 20
const THEN_ONE_IN = 100
const WINDOW_MS = 60_000

interface Kind {
  count: number
  passedOver: number
  lastPassed: DatedAct | undefined
}

/**
 * Decides which of many acts are logged. Acts are counted by organization, category, action and
 * kind. The first 20 a minute are logged, then every 100th, and the last one that no later entry
 * covers. Each logged act says how many were skipped before it, so the entries account for every
 * act.
 */
export class AuditSampler {
  #windowStartMs = Number.NEGATIVE_INFINITY
  #kinds = new Map<string, Kind>()

  /**
   * Returns the acts to log now: those left from a minute that is over, and this one if it is
   * sampled.
   */
  take(act: AuditAct, at: Date): readonly DatedAct[] {
    const kept = this.endWindow(at)
    const { organizationId, category, action, kind: own = '' } = act
    const name = `${organizationId ?? ''}\n${category}\n${action}\n${own}`
    const kind = this.#kinds.get(name) ?? { count: 0, passedOver: 0, lastPassed: undefined }
    this.#kinds.set(name, kind)
    kind.count += 1
    const isFirst = kind.count <= KEEP_FIRST
    if (!isFirst && (kind.count - KEEP_FIRST) % THEN_ONE_IN !== 0) {
      kind.passedOver += 1
      kind.lastPassed = { act, at }
      return kept
    }
    const sampled = { oneIn: isFirst ? 1 : THEN_ONE_IN, passedOver: kind.passedOver }
    kind.passedOver = 0
    kind.lastPassed = undefined
    return [...kept, { act: { ...act, sampled }, at }]
  }

  /** True while the current minute has skipped acts that no logged act accounts for yet. */
  get isOwing(): boolean {
    for (const { passedOver } of this.#kinds.values()) if (passedOver > 0) return true
    return false
  }

  /**
   * Returns the last skipped act of each kind once its minute is over, or at once when `at` is
   * absent.
   */
  endWindow(at?: Date): readonly DatedAct[] {
    const startMs = at && Math.floor(at.getTime() / WINDOW_MS) * WINDOW_MS
    if (startMs === this.#windowStartMs) return []
    const kept = [...this.#kinds.values()].flatMap(({ lastPassed, passedOver }) =>
      lastPassed ? [withSampling(lastPassed, passedOver - 1)] : [],
    )
    this.#kinds = new Map()
    this.#windowStartMs = startMs ?? Number.NEGATIVE_INFINITY
    return kept
  }
}

const withSampling = ({ act, at }: DatedAct, passedOver: number): DatedAct => ({
  act: { ...act, sampled: { oneIn: THEN_ONE_IN, passedOver } },
  at,
})
