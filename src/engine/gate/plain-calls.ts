import type { UsageEvent } from '../../contract/usage.ts'
import { MAX_FLOW_UNITS } from '../../core/amounts.ts'
import { addsUp, CREDITS_METER, TOKENS_METER } from '../../core/catalog-words.ts'
import type { MeterShape } from '../../core/decision.ts'
import { isConcurrency } from '../../core/limit-kind.ts'
import type { CompiledEventType } from '../catalog/compiled-catalog.ts'
import type { Context } from '../context.ts'
import type { Account, LeasedLimit } from '../counters/account.ts'
import { beginningOf } from '../ledger/journal-line.ts'
import { prepareUsage } from '../ledger/usage-item.ts'

/** Larger amounts are refused, and the general path reports the fault. */
const MOST_UNITS = Number(MAX_FLOW_UNITS)

/** The price, meters and limits of plain calls, for one event type and organization. */
export interface PlainCalls {
  readonly type: CompiledEventType
  /** The same for every plain call, because none has properties that could change the price. */
  readonly microCredits: bigint
  readonly parts: readonly Part[]
  readonly limits: readonly LeasedLimit[]
  /** The common beginning of these calls' journal lines. */
  readonly beginning: string
}

/** The part of a plain call that adds to one meter. */
interface Part {
  readonly meter: string
  /** The amount if the event gives none. Undefined: there is no default. */
  readonly units: number | undefined
  readonly isTokens: boolean
  readonly isPrice: boolean
}

/** The amount that a plain call adds to one meter, in smallest units. */
export interface PlainAmount {
  readonly meter: string
  readonly units: number
}

/** By event type. `calls` is undefined if calls of the type must be priced individually. */
export type PlainCallsByType = Map<
  string,
  { readonly type: CompiledEventType | undefined; readonly calls: PlainCalls | undefined }
>

/** Computed once per account, and discarded with it. Undefined: price each call individually. */
export const plainCallsOf = (
  ctx: Context,
  account: Account,
  eventType: string,
): PlainCalls | undefined => {
  let byType = ctx.plainCalls.get(account)
  if (!byType) {
    byType = new Map()
    ctx.plainCalls.set(account, byType)
  }
  const type = ctx.catalog.eventType(eventType, account.organization.catalog)
  const known = byType.get(eventType)
  // A change of the catalog compiles every type anew, so the same object means the same rules.
  if (known && known.type === type) return known.calls
  const calls = type && makePlainCalls(ctx, account, type)
  byType.set(eventType, { type, calls })
  return calls
}

/** Undefined if such calls are always refused, or must be metered individually. */
const makePlainCalls = (
  ctx: Context,
  account: Account,
  type: CompiledEventType,
): PlainCalls | undefined => {
  const { organization } = account
  const event = { eventType: type.definition.key }
  const { kind } = prepareUsage(ctx, organization, event, { id: 'any' })
  const price = type.price(undefined)
  if (kind === 'refused' || !price.ok) return undefined
  const parts = plainParts(type, price.microCredits, (meter) => ctx.catalog.meter(meter))
  if (!parts) return undefined
  const limits = account.limits.filter(
    ({ row }) => !isConcurrency(row.window_name) && parts.some(({ meter }) => meter === row.meter),
  )
  const beginning = beginningOf({
    organizationId: organization.id,
    eventType: type.definition.key,
    category: type.definition.category,
    microCredits: price.microCredits,
    catalogVersionId: type.versionId,
    verb: 'track',
  })
  return { type, microCredits: price.microCredits, parts, limits, beginning }
}

/** Undefined if a meter of the type is not additive, or counts in fractions. */
export const plainParts = (
  { contributions, addsCredits }: CompiledEventType,
  microCredits: bigint,
  meterOf: (key: string) => MeterShape | undefined,
): Part[] | undefined => {
  const parts: Part[] = []
  for (const [meter, from] of contributions) {
    const shape = meterOf(meter)
    if (shape?.scale !== 0 || typeof from === 'object') return undefined
    if (!addsUp(shape.aggregation)) return undefined
    const units = from === 'quantity' ? undefined : from
    const isTokens = meter === TOKENS_METER && units === undefined
    parts.push({ meter, units, isTokens, isPrice: false })
  }
  if (addsCredits) {
    const units = Number(microCredits)
    parts.push({ meter: CREDITS_METER, units, isTokens: false, isPrice: true })
  }
  return parts
}

/**
 * The amount that a plain call adds to each meter. It equals the result of `amountsOfEvent`, at a
 * fraction of the cost. Undefined: a quantity needs the general path.
 */
export const plainAmounts = (
  { parts }: Pick<PlainCalls, 'parts'>,
  event: UsageEvent,
): PlainAmount[] | undefined => {
  const amounts: PlainAmount[] = []
  const given = event.quantities
  let unknown = 0
  if (given) for (const _ in given) unknown += 1
  for (const { meter, units: implied, isPrice, isTokens } of parts) {
    let units = implied
    const quantity = isPrice ? undefined : given?.[meter]
    if (quantity !== undefined) {
      units = quantity as number
      unknown -= 1
    } else if (isTokens) units = (event.inputTokens ?? 0) + (event.outputTokens ?? 0)
    if (units !== undefined && !(Number.isInteger(units) && units <= MOST_UNITS)) return undefined
    if (units) amounts.push({ meter, units })
  }
  return unknown === 0 ? amounts : undefined
}
