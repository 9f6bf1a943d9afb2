import type { UsageEvent } from '../../contract/usage.ts'
import { MAX_FLOW_UNITS, MAX_STATE_UNITS, parseDecimal, toUnits } from '../../core/amounts.ts'
import { CREDITS_METER, TOKENS_METER } from '../../core/catalog-words.ts'
import type { MeterShape } from '../../core/decision.ts'
import type { Fault } from '../../core/fault.ts'
import type { UsageAmount } from '../../storage/usage-batch.ts'
import type { CompiledEventType } from '../catalog/compiled-catalog.ts'

export type MeteredEvent = Pick<
  UsageEvent,
  'quantities' | 'properties' | 'userId' | 'sessionId' | 'inputTokens' | 'outputTokens'
>

/**
 * The amounts that an event adds to each meter of its type, in smallest units, or the faults of its
 * quantities. A flow of 0 is omitted. A state of 0 is kept, since it is a value.
 */
export const amountsOfEvent = (
  type: CompiledEventType,
  event: MeteredEvent,
  microCredits: bigint,
  meterOf: (key: string) => MeterShape | undefined,
): { amounts: UsageAmount[]; faults: Fault[] } => {
  const amounts: UsageAmount[] = []
  const faults: Fault[] = []
  const given = event.quantities ?? NONE
  for (const [meter, from] of type.contributions) {
    const shape = meterOf(meter)
    if (!shape) continue
    if (typeof from === 'object') {
      const value = memberOf(event, from.unique) ?? given[meter]
      if (value !== undefined) amounts.push({ meter, units: 1n, value: String(value) })
      continue
    }
    const quantity = given[meter] ?? (from === 'quantity' ? impliedQuantity(meter, event) : from)
    const units = unitsOf(quantity, shape)
    if (typeof units === 'string') faults.push({ field: `quantities.${meter}`, message: units })
    else if (units !== 0n || !isFlow(shape)) amounts.push({ meter, units })
  }
  for (const meter of Object.keys(given)) {
    if (!type.contributions.some(([known]) => known === meter)) {
      const message = `${type.definition.key} does not add to this meter`
      faults.push({ field: `quantities.${meter}`, message })
    }
  }
  if (type.addsCredits && microCredits !== 0n) {
    amounts.push({ meter: CREDITS_METER, units: microCredits })
  }
  return { amounts, faults }
}

const NONE: Readonly<Record<string, never>> = {}

/** True for additive meters, false for states. */
const isFlow = (shape: MeterShape): boolean =>
  shape.aggregation === 'sum' || shape.aggregation === 'count'

const impliedQuantity = (meter: string, event: MeteredEvent): number =>
  meter === TOKENS_METER ? (event.inputTokens ?? 0) + (event.outputTokens ?? 0) : 0

/** The field or property whose distinct values a unique meter counts. */
const memberOf = (event: MeteredEvent, name: string): string | number | undefined => {
  const value = name === 'userId' || name === 'sessionId' ? event[name] : event.properties?.[name]
  return typeof value === 'string' || typeof value === 'number' ? value : undefined
}

/** The quantity in the meter's smallest unit, or its fault. */
export const unitsOf = (quantity: number | string, shape: MeterShape): bigint | string => {
  if (typeof quantity !== 'number') return 'must be a number'
  if (Number.isNaN(quantity) || quantity === Number.POSITIVE_INFINITY) {
    return 'must be a finite number'
  }
  if (quantity < 0) return 'must not be negative'
  const max = isFlow(shape) ? MAX_FLOW_UNITS : MAX_STATE_UNITS
  const largest = Number(max) / 10 ** shape.scale
  if (quantity > largest) return `must be at most ${largest}`
  if (shape.scale === 0 && Number.isInteger(quantity)) return BigInt(quantity)
  const decimal = parseDecimal(quantity)
  if (!decimal) return 'must be a decimal number'
  if (decimal.scale > shape.scale) {
    return shape.scale === 0
      ? 'must be a whole number'
      : `must have no more than ${shape.scale} decimals`
  }
  return toUnits(decimal, shape.scale)
}
