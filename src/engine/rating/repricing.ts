import { numberFromUnits } from '../../core/amounts.ts'
import { addsUp } from '../../core/catalog-words.ts'
import type { MeterShape } from '../../core/decision.ts'
import type { PricedEventRow } from '../../storage/events/dry-run.ts'
import type { CompiledCatalog, CompiledEventType } from '../catalog/compiled-catalog.ts'
import { amountsOfEvent } from '../ledger/amounts-of-event.ts'

/** What an event adds under a catalog: credits, and units of each additive meter. */
export interface Repriced {
  /** False: the catalog lacks the event type, or would refuse the event. */
  readonly isKnown: boolean
  readonly microCredits: bigint
  readonly flows: ReadonlyMap<string, bigint>
}

const REFUSED: Repriced = { isKnown: false, microCredits: 0n, flows: new Map() }

type MeterOf = (key: string) => MeterShape | undefined

/** What an event would have added under another catalog than the one that priced it. */
export const repriced = (
  event: PricedEventRow,
  {
    was,
    would,
    meterOf,
  }: {
    readonly was: CompiledCatalog | undefined
    readonly would: CompiledCatalog
    readonly meterOf: MeterOf
  },
): Repriced => {
  const type = would.eventTypes.get(event.event_type)
  if (!type?.definition.active) return REFUSED
  const price = type.price(event.properties ?? undefined)
  if (!price.ok) return REFUSED
  const { amounts, faults } = amountsOfEvent(
    type,
    {
      quantities: quantitiesGiven(event, was?.eventTypes.get(event.event_type), type, meterOf),
      properties: event.properties ?? undefined,
      userId: event.user_id ?? undefined,
      sessionId: event.session_id ?? undefined,
      inputTokens: Number(event.input_tokens ?? 0n),
      outputTokens: Number(event.output_tokens ?? 0n),
    },
    price.microCredits,
    meterOf,
  )
  if (faults.length > 0) return REFUSED
  const sign = event.is_reversal ? -1n : 1n
  const flows = new Map<string, bigint>()
  for (const { meter, units, value } of amounts) {
    if (value === undefined && isFlow(meterOf(meter))) flows.set(meter, sign * units)
  }
  return { isKnown: true, microCredits: sign * price.microCredits, flows }
}

/** What an event did add. */
export const flowsOf = (event: PricedEventRow, meterOf: MeterOf): ReadonlyMap<string, bigint> => {
  const sign = event.is_reversal ? -1n : 1n
  const flows = new Map<string, bigint>()
  for (const [meter, units] of Object.entries(event.quantities)) {
    if (typeof units === 'number' && isFlow(meterOf(meter))) {
      flows.set(meter, sign * BigInt(units))
    }
  }
  return flows
}

const isFlow = (shape: MeterShape | undefined): boolean =>
  shape !== undefined && addsUp(shape.aggregation)

/**
 * The quantities that the caller gave, as far as they can be inferred. A meter that differs from
 * its event type's default was given. Credits are no quantity.
 */
export const quantitiesGiven = (
  event: Pick<PricedEventRow, 'quantities'>,
  was: CompiledEventType | undefined,
  type: CompiledEventType,
  meterOf: MeterOf,
): Record<string, number | string> => {
  const given: Record<string, number | string> = {}
  for (const [meter, from] of was?.contributions ?? []) {
    const shape = meterOf(meter)
    if (!shape || !type.contributions.some(([known]) => known === meter)) continue
    const stored = event.quantities[meter]
    if (typeof stored === 'string') given[meter] = stored
    else {
      const amount = numberFromUnits(BigInt(stored ?? 0), shape.scale)
      if (from === 'quantity' || (typeof from === 'number' && from !== amount)) {
        given[meter] = amount
      }
    }
  }
  return given
}
