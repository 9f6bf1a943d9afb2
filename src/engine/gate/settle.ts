import type { Owned, Replayable } from '../../contract/call.ts'
import type { ReservationState } from '../../contract/decision.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { Settlement } from '../../contract/usage.ts'
import type { StoredReservation } from '../../storage/gate/reservations.ts'
import type { Acting } from '../acting.ts'
import type { Context } from '../context.ts'
import { countRecorded } from '../ledger/count-recorded.ts'
import { prepareCall } from './prepare-call.ts'
import {
  loadToSettle,
  requireOwnHold,
  reservationState,
  unknownReservation,
  useOfReservation,
} from './reservation-state.ts'
import { settledUse, withHeldAmounts } from './settled-use.ts'

/**
 * Records the actual use in full, as of the time of the reservation, and releases the rest of the
 * hold. If no amounts are given, the held amounts are recorded. Settling again returns the first
 * settlement, whatever the request contains.
 */
export const settle = async (
  ctx: Context,
  input: Owned<Settlement> & { readonly reservationId: string },
  options: Acting = {},
): Promise<Replayable<ReservationState>> => {
  const { organizationId, reservationId, ...actual } = input
  const { organization, reservation } = await loadToSettle(ctx, organizationId, reservationId)
  requireOwnHold(reservation, options)
  if (reservation.state === 'settled') {
    return { ...reservationState(ctx, organization, reservation), replayed: true }
  }
  const use = await settledUse(ctx, organization, reservation, actual)
  const call = await prepareCall(ctx, use.event, {
    ...options,
    id: reservation.event_id,
    backfill: true,
    happened: true,
  })
  if ('refused' in call) {
    throw new TollgateError('unprocessable', {
      detail: `the reservation cannot be settled: ${call.refused}`,
    })
  }
  const item = use.held
    ? withHeldAmounts(ctx, call.item, use.held, organization.catalog)
    : call.item
  const outcome = await ctx.gate.settle({ item, reservationId: reservation.id })
  if (outcome.outcome === 'unknown_reservation' || !outcome.reservation) throw unknownReservation()
  if (outcome.outcome === 'released') {
    throw new TollgateError('reservation_ended', { detail: 'the reservation was released before' })
  }
  if (outcome.outcome === 'settled') {
    countRecorded(ctx, item)
    await tellElsewhere(ctx, outcome.reservation)
  }
  return {
    ...reservationState(ctx, organization, outcome.reservation),
    replayed: outcome.outcome === 'replay',
  }
}

/** Tells Redis to count the actual use, and to remove the hold. */
const tellElsewhere = async (ctx: Context, settled: StoredReservation): Promise<void> => {
  if (!ctx.shared || !settled.settlement) return
  const { quantities, elsewhere } = settled.settlement
  await ctx.shared.happened(
    ...(elsewhere ? [useOfReservation(settled, settled.quantities, -1n)] : []),
    useOfReservation(settled, quantities, 1n),
  )
}
