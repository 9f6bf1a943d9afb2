import { quoteElement, textArray } from './text-array.ts'
import type { UsageItem } from './usage-batch.ts'

/** The columns of a batch that hold amounts and totals rather than one value for each event. */
export const DERIVED_COLUMNS = [
  { name: 'amount_item', type: 'integer' },
  { name: 'amount_meter', type: 'text' },
  { name: 'amount_units', type: 'bigint' },
  { name: 'amount_value', type: 'text' },
  { name: 'ahead', type: 'text' },
  { name: 'total_organization', type: 'text' },
  { name: 'total_hour', type: 'timestamptz' },
  { name: 'total_meter', type: 'text' },
  { name: 'total_units', type: 'bigint' },
] as const

/** Every amount of every event. Each amount has its event's place in the batch, from 1. */
export const amountLiterals = (items: readonly UsageItem[]): (string | null)[] => {
  const places: string[] = []
  const meters: string[] = []
  const units: string[] = []
  const values: string[] = []
  let some = false
  for (let index = 0; index < items.length; index++) {
    const place = String(index + 1)
    for (const amount of (items[index] as UsageItem).amounts) {
      places.push(place)
      meters.push(amount.meter)
      units.push(String(amount.units))
      values.push(amount.value === undefined ? 'NULL' : quoteElement(amount.value))
      some ||= amount.value !== undefined
    }
  }
  const [item, meter, unit, value] = [places, meters, units, values].map((c) => `{${c.join(',')}}`)
  return [item ?? null, meter ?? null, unit ?? null, some ? (value ?? null) : null]
}

/** Units by meter. Meter keys need no escaping, here and below. */
type MeterUnits = ReadonlyMap<string, bigint>

const HOUR_MS = 3_600_000

/** The total of the whole batch by organization, hour and meter. */
export const totalLiterals = (items: readonly UsageItem[]): string[] => {
  const totals = new Map<string, Map<number, Map<string, bigint>>>()
  for (const { organizationId, occurredAt, amounts } of items) {
    const hour = Math.floor(occurredAt.getTime() / HOUR_MS) * HOUR_MS
    const hours = totals.get(organizationId) ?? new Map<number, Map<string, bigint>>()
    const total = hours.get(hour) ?? new Map<string, bigint>()
    for (const { meter, units } of amounts) total.set(meter, (total.get(meter) ?? 0n) + units)
    if (!hours.has(hour)) totals.set(organizationId, hours.set(hour, total))
  }
  return totalColumns(totals)
}

const totalColumns = (totals: ReadonlyMap<string, ReadonlyMap<number, MeterUnits>>): string[] => {
  const [organizations, hours, meters, units]: [string[], string[], string[], bigint[]] = [
    [],
    [],
    [],
    [],
  ]
  for (const [organization, byHour] of totals) {
    const quoted = quoteElement(organization)
    for (const [hour, byMeter] of byHour) {
      const written = new Date(hour).toISOString()
      for (const [meter, sum] of byMeter) {
        organizations.push(quoted)
        hours.push(written)
        meters.push(meter)
        units.push(sum)
      }
    }
  }
  return [organizations, hours, meters, units].map((column) => `{${column.join(',')}}`)
}

/**
 * For each event, the units that earlier events of its organization in the batch ask for. They are
 * in the order of the event's own amounts, and cover only its own meters.
 */
export type UnitsAhead = readonly (readonly bigint[])[]

export const unitsAhead = (items: readonly UsageItem[]): UnitsAhead => {
  const sums = new Map<string, Map<string, bigint>>()
  return items.map(({ organizationId, amounts }) => {
    const known = sums.get(organizationId)
    const sum = known ?? new Map<string, bigint>()
    if (!known) sums.set(organizationId, sum)
    return amounts.map(({ meter, units }) => {
      const before = sum.get(meter) ?? 0n
      sum.set(meter, before + units)
      return before
    })
  })
}

/**
 * The same as JSON of meter → units, one element for each event; null where `ahead` was not given.
 */
export const aheadLiteral = (
  items: readonly UsageItem[],
  ahead: UnitsAhead | undefined,
): string | null =>
  ahead ? textArray(items.map(({ amounts }, place) => unitsJson(amounts, ahead[place]))) : null

const unitsJson = (
  amounts: UsageItem['amounts'],
  before: readonly bigint[] = [],
): string | undefined => {
  let json = ''
  for (let i = 0; i < amounts.length; i++) {
    const units = before[i] ?? 0n
    if (units !== 0n) json += `${json === '' ? '' : ','}"${amounts[i]?.meter}":${units}`
  }
  return json === '' ? undefined : `{${json}}`
}
