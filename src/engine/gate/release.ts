import type { Replayable } from '../../contract/call.ts'
import type { ReservationState } from '../../contract/decision.ts'
import { releaseReservation } from '../../storage/gate/reservations.ts'
import type { Acting } from '../acting.ts'
import type { Context } from '../context.ts'
import {
  loadReservation,
  requireOwnHold,
  reservationState,
  unknownReservation,
  useOfReservation,
} from './reservation-state.ts'

/** Releases the whole hold. Releasing a reservation that has ended changes nothing. */
export const release = async (
  ctx: Context,
  {
    organizationId,
    reservationId,
  }: { readonly organizationId: string; readonly reservationId: string },
  options: Acting = {},
): Promise<Replayable<ReservationState>> => {
  const { organization, reservation: found } = await loadReservation(
    ctx,
    organizationId,
    reservationId,
  )
  requireOwnHold(found, options)
  const at = ctx.clock.now()
  const released = await releaseReservation(ctx.db, organizationId, reservationId, at)
  if (!released) throw unknownReservation()
  if (released.wasHeldElsewhere) {
    const { reservation } = released
    await ctx.shared?.happened(useOfReservation(reservation, reservation.quantities, -1n))
  }
  return {
    ...reservationState(ctx, organization, released.reservation, released.standing),
    replayed: !released.wasHeld,
  }
}
