import type { LimitBehavior, LimitSubject, LimitWindow } from '../../core/catalog-words.ts'
import type { SeenLimit } from '../../core/decision.ts'

/** What a decision looked at, as it is kept. */
export interface Seen {
  readonly warnPercent: number
  readonly limits: readonly SeenLimit[]
}

/** JSON of a limit; amounts as text, since JSON numbers are doubles. */
interface LimitShown {
  readonly meter: string
  readonly window: LimitWindow
  readonly per: LimitSubject
  readonly subject: string
  readonly start: string
  readonly max: string | null
  readonly behavior: LimitBehavior
  readonly burst: string | null
  readonly cap: string | null
  readonly leaked?: string | null
  /** Of a batch that was decided together: the level before it. */
  readonly level?: string
  /** Of a call that was decided in turn. */
  readonly before?: string
  readonly asked?: string
  readonly refused?: boolean
}

/** JSON of what was seen, which a whole batch may share. */
export interface SeenShown {
  readonly warn: number
  readonly limits: readonly LimitShown[]
}

type UnitsOf = (meter: string) => bigint

const none: UnitsOf = () => 0n

/** What one call saw: `ahead` of it in its batch and `asked` by it, by meter. */
export const seenBy = (
  shown: SeenShown | null | undefined,
  ahead: UnitsOf = none,
  asked: UnitsOf = none,
): Seen => ({
  // A call that touches no limit has nothing to warn of.
  warnPercent: shown?.warn ?? 100,
  limits: (shown?.limits ?? []).filter(touchedBy(asked)).map((limit) => ({
    meter: limit.meter,
    window: limit.window,
    per: limit.per,
    subject: limit.subject,
    startMs: Date.parse(limit.start),
    max: unitsOf(limit.max),
    behavior: limit.behavior,
    burst: unitsOf(limit.burst),
    cap: unitsOf(limit.cap),
    leaked: unitsOf(limit.leaked),
    before: unitsOf(limit.before) ?? (unitsOf(limit.level) ?? 0n) + ahead(limit.meter),
    asked: unitsOf(limit.asked) ?? asked(limit.meter),
    refused: limit.refused ?? false,
  })),
})

/** Of what a batch saw together, a call touched what it adds to; in turn it is shown only that. */
const touchedBy =
  (asked: UnitsOf) =>
  (limit: LimitShown): boolean =>
    limit.level === undefined || asked(limit.meter) !== 0n

/** Units by meter from the JSON in which they are kept. */
export const unitsFromJson = (json: string | null | undefined): UnitsOf => {
  if (!json) return none
  const units = JSON.parse(json) as Record<string, number | string>
  return (meter) => {
    const amount = units[meter]
    return typeof amount === 'number' ? BigInt(amount) : amount === undefined ? 0n : 1n
  }
}

const unitsOf = (text: string | null | undefined): bigint | undefined =>
  text === null || text === undefined ? undefined : BigInt(text)
