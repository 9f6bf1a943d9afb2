import type { ReservationState } from '../../contract/decision.ts'
import { TollgateError } from '../../contract/errors.ts'
import { parse } from '../../contract/parse.ts'
import type { Answer, CallOptions } from '../../contract/tollgate.ts'
import {
  type Settlement,
  type SettlementInput,
  settlementSchema,
  type UsageEvent,
  usageEventSchema,
} from '../../contract/usage.ts'
import type { StoredReservation } from '../../storage/tables/reservations.ts'
import type { Context } from '../context.ts'
import { prepareCall } from './prepare-call.ts'
import {
  loadToSettle,
  reservationState,
  unknownReservation,
  useOfReservation,
} from './reservation-state.ts'
import { countRecorded } from './track.ts'

/**
 * Records what was really used, in full and at the time of the reservation, and gives the rest of
 * the hold back. Settling again, whatever with, returns the first settlement.
 */
export const settle = async (
  ctx: Context,
  organizationId: string,
  reservationId: string,
  input: SettlementInput,
  options: CallOptions = {},
): Promise<Answer<ReservationState>> => {
  const actual = parse(settlementSchema, input)
  const { organization, reservation } = await loadToSettle(ctx, organizationId, reservationId)
  if (reservation.state === 'settled') {
    return { value: reservationState(ctx, organization, reservation), replayed: true }
  }
  const call = await prepareCall(ctx, actualEvent(reservation, actual), {
    ...options,
    id: reservation.event_id,
    backfill: true,
    happened: true,
  })
  if ('refused' in call) {
    throw new TollgateError('unprocessable', `the reservation cannot be settled: ${call.refused}`)
  }
  const outcome = await ctx.gate.settle({ item: call.item, reservationId: reservation.id })
  if (outcome.outcome === 'unknown_reservation' || !outcome.reservation) throw unknownReservation()
  if (outcome.outcome === 'released') {
    throw new TollgateError('reservation_ended', 'the reservation was released before')
  }
  if (outcome.outcome === 'settled') {
    countRecorded(ctx, call.item)
    await tellElsewhere(ctx, outcome.reservation)
  }
  return {
    value: reservationState(ctx, organization, outcome.reservation),
    replayed: outcome.outcome === 'replay',
  }
}

/** Redis counts what was used, and not any more what was held there. */
const tellElsewhere = async (ctx: Context, settled: StoredReservation): Promise<void> => {
  if (!ctx.shared || !settled.settlement) return
  const { quantities, elsewhere } = settled.settlement
  await ctx.shared.happened(
    ...(elsewhere ? [useOfReservation(settled, settled.quantities, -1n)] : []),
    useOfReservation(settled, quantities, 1n),
  )
}

/** The reservation's event with what was really used in place of what was estimated. */
export const actualEvent = (reservation: StoredReservation, actual: Settlement): UsageEvent => {
  const request = parse(usageEventSchema, {
    ...reservation.request,
    timestamp: new Date(reservation.occurred_at),
  })
  const { quantities: _, inputTokens: _in, outputTokens: _out, ...kept } = request
  return {
    ...kept,
    cachedInputTokens: undefined,
    reasoningTokens: undefined,
    ...actual,
    properties: actual.properties ?? request.properties,
  }
}
