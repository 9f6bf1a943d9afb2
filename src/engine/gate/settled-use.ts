import { parse } from '../../contract/parse.ts'
import { type Settlement, type UsageEvent, usageEventSchema } from '../../contract/usage.ts'
import { CREDITS_METER } from '../../core/catalog-words.ts'
import { AMOUNT_FIELDS, type AmountField } from '../../core/usage-parts.ts'
import { findReservation, type StoredReservation } from '../../storage/gate/reservations.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import type { UsageAmount, UsageItem } from '../../storage/usage-batch.ts'
import type { CompiledEventType } from '../catalog/compiled-catalog.ts'
import type { Context } from '../context.ts'
import { quantitiesJson } from '../ledger/usage-item.ts'

/**
 * The event that a settlement records. `held` is set if the settlement gave no amounts, and those
 * of the hold count.
 */
export interface SettledUse {
  readonly event: UsageEvent
  readonly held?: StoredReservation | undefined
}

/**
 * The use of a settlement. If it gives no amounts, the held amounts count, including extensions,
 * and the event is marked as an estimate.
 *
 * A caller that used nothing must send 0. Otherwise a caller that loses track of a call would use
 * it for free.
 */
export const settledUse = async (
  ctx: Context,
  { catalog }: OrganizationRow,
  reservation: StoredReservation,
  actual: Settlement,
): Promise<SettledUse> => {
  const request = requestOf(reservation)
  const said = { ...actual, ...answeredBy(ctx, request, actual, catalog) }
  if (saysAmounts(actual)) return { event: actualEvent(reservation, said) }
  const type = ctx.catalog.eventType(request.eventType, catalog)
  // A call with fixed amounts needs none from the caller.
  if (!type || !dependsOnCall(type, request)) return { event: actualEvent(reservation, said) }
  const estimate = Object.fromEntries(
    (['quantities', ...AMOUNT_FIELDS] as const).map((field) => [field, request[field]]),
  )
  // The reservation in this process's memory lacks its extensions, so it is read again.
  const held = await findReservation(ctx.db, reservation.organization_id, reservation.id)
  const event = actualEvent(reservation, { ...said, ...estimate, estimated: true })
  return { event, held: held ?? reservation }
}

const saysAmounts = (actual: Settlement): boolean =>
  AMOUNT_FIELDS.some((field) => actual[field] != null) ||
  Object.keys(actual.quantities ?? {}).length > 0

const dependsOnCall = ({ contributions }: CompiledEventType, { quantities }: UsageEvent): boolean =>
  quantities !== undefined || contributions.some(([, from]) => from === 'quantity')

/**
 * The model that answered. If the settlement names no provider, the call's provider counts, unless
 * it has no price for the model.
 */
const answeredBy = (
  ctx: Context,
  request: UsageEvent,
  { model, provider }: Settlement,
  catalog: string,
): Pick<UsageEvent, 'model' | 'provider'> => {
  if (model == null) return provider == null ? {} : { provider }
  if (provider != null) return { model, provider }
  const prices = ctx.catalog.catalog(catalog)?.modelPrices ?? []
  const same = { model, provider: request.provider }
  const { priceName } = ctx.modelCosts.of(same, prices, ctx.clock.now())
  return priceName === undefined ? { model, provider: undefined } : same
}

const requestOf = (reservation: StoredReservation): UsageEvent =>
  parse(usageEventSchema, {
    ...reservation.request,
    timestamp: new Date(reservation.occurred_at),
  })

/** The reservation's event with the actual use instead of the estimate. */
export const actualEvent = (
  reservation: StoredReservation,
  { estimated, ...actual }: Settlement,
): UsageEvent => {
  const request = requestOf(reservation)
  const { quantities: _, ...kept } = request
  const properties = actual.properties ?? request.properties
  return {
    ...kept,
    ...NOTHING_USED,
    ...actual,
    properties: estimated ? { ...properties, estimated } : properties,
  }
}

/** Clears the estimate of a model's use, because it says nothing about the actual use. */
const NOTHING_USED = Object.fromEntries(
  AMOUNT_FIELDS.map((field) => [field, undefined]),
) as Readonly<Record<AmountField, undefined>>

/** The same use with the held amounts. The cost of the call is computed, since it is not held. */
export const withHeldAmounts = (
  ctx: Context,
  item: UsageItem,
  { quantities, request }: StoredReservation,
  catalog: string,
): UsageItem => {
  const isPriced = ctx.catalog.eventType(String(request.eventType), catalog)?.addsCredits === true
  const isPrice = (meter: string) => isPriced && meter === CREDITS_METER
  const amounts: UsageAmount[] = Object.entries(quantities).flatMap(([meter, amount]) => {
    if (isPrice(meter)) return []
    return typeof amount === 'number'
      ? [{ meter, units: BigInt(amount) }]
      : [{ meter, units: 1n, value: amount }]
  })
  amounts.push(...item.amounts.filter(({ meter }) => isPrice(meter)))
  return { ...item, amounts, quantities: quantitiesJson(amounts) }
}
