import type { AuditAct } from './audit.ts'

/** An act that is to be written, and when it happened. */
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
 * Which of many acts are kept: of each organization, category, action and kind the first 20 a minute,
 * then every 100th, and the last of those that would otherwise not be spoken for. Each that is kept
 * says how many were passed over before it: so all together they account for every act.
 */
export class AuditSampler {
  #windowStartMs = Number.NEGATIVE_INFINITY
  #kinds = new Map<string, Kind>()

  /** What is to be kept now: of a minute that is over, and of this act. */
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

  /** Whether a minute is under way of which something was passed over and not spoken for. */
  get isOwing(): boolean {
    for (const { passedOver } of this.#kinds.values()) if (passedOver > 0) return true
    return false
  }

  /** The last of what was passed over, once its minute is over; with no time given, at once. */
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
