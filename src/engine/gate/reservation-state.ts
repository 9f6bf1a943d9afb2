import type { ReservationState } from '../../contract/decision.ts'
import { TollgateError } from '../../contract/errors.ts'
import { isUuid } from '../../contract/text.ts'
import { numberFromUnits } from '../../core/amounts.ts'
import { findReservation, type StoredReservation } from '../../storage/gate/reservations.ts'
import { type SeenShown, standingBy, unitsFromJson } from '../../storage/gate/seen-limits.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import type { Acting } from '../acting.ts'
import type { Context } from '../context.ts'
import { type CountedUse, unitsAsAmounts } from '../counters/shared-counters.ts'
import { settledUsage } from './decision-value.ts'

export const unknownReservation = (): TollgateError =>
  new TollgateError('not_found', { detail: 'there is no such reservation' })

/**
 * Reads a reservation with its organization. Reservations of other organizations are never found.
 */
export const loadReservation = async (
  ctx: Context,
  organizationId: string,
  reservationId: string,
): Promise<{ organization: OrganizationRow; reservation: StoredReservation }> => {
  const organization = await ctx.organizations.get(organizationId)
  const reservation =
    organization && isUuid(reservationId)
      ? await findReservation(ctx.db, organizationId, reservationId)
      : undefined
  if (!organization || !reservation) throw unknownReservation()
  return { organization, reservation }
}

/**
 * Refuses a caller that acts for one user and touches another user's hold. Otherwise it could
 * record use in that user's name.
 */
export const requireOwnHold = ({ user_id }: StoredReservation, { onlyUser }: Acting): void => {
  if (onlyUser === undefined || user_id === onlyUser) return
  const message = 'is held for somebody else: this credential acts for its own user only'
  throw new TollgateError('forbidden', {
    detail: `reservationId: ${message}`,
    faults: [{ field: 'reservationId', message }],
  })
}

/** Like `loadReservation`, for a settlement. A reservation by this process is not read again. */
export const loadToSettle = async (
  ctx: Context,
  organizationId: string,
  reservationId: string,
): ReturnType<typeof loadReservation> => {
  const own = ctx.ownReservations.find(organizationId, reservationId)
  const organization = own && (await ctx.organizations.get(organizationId))
  if (!own || !organization) return loadReservation(ctx, organizationId, reservationId)
  ctx.ownReservations.delete(reservationId)
  return { organization, reservation: own }
}

/** The state of a reservation as callers see it, equal for the first answer and replays. */
export const reservationState = (
  ctx: Context,
  organization: OrganizationRow,
  stored: StoredReservation,
  /** The limits on credits, where the reservation ended without using any. */
  standing: SeenShown | null = null,
): ReservationState => {
  const { settlement } = stored
  const inUnits = (units: Record<string, number | string>) =>
    Object.fromEntries(
      Object.entries(units).flatMap(([meter, amount]) =>
        typeof amount === 'number' ? [[meter, wholeUnits(ctx, meter, BigInt(amount))]] : [],
      ),
    )
  const over = Object.entries(settlement?.quantities ?? {}).flatMap(([meter, amount]) => {
    if (typeof amount !== 'number') return []
    const above = BigInt(amount) - BigInt(stored.quantities[meter] ?? 0)
    return above > 0n ? [[meter, wholeUnits(ctx, meter, above)] as const] : []
  })
  return {
    reservationId: stored.id,
    organizationId: stored.organization_id,
    state: stored.state,
    expiresAt: new Date(stored.expires_at).toISOString(),
    held: inUnits(stored.quantities),
    settled: settlement ? inUnits(settlement.quantities) : null,
    overshoot: Object.fromEntries(over),
    late: settlement?.late ?? false,
    usage: settledUsage(
      {
        microCredits: BigInt(settlement?.credits ?? 0),
        limits: (settlement
          ? standingBy(
              settlement.seen,
              unitsFromJson(settlement.ahead),
              unitsFromJson(JSON.stringify(settlement.quantities)),
            )
          : standingBy(standing)
        ).limits,
        eventId: settlement ? stored.event_id : null,
      },
      organization,
      ctx.catalog,
    ),
  }
}

const wholeUnits = (ctx: Context, meter: string, units: bigint): number =>
  numberFromUnits(units, ctx.catalog.meter(meter)?.scale ?? 0)

/**
 * The use of a reservation as counters see it, with its own or other amounts. `sign` may undo it.
 */
export const useOfReservation = (
  stored: StoredReservation,
  quantities: Readonly<Record<string, number | string>>,
  sign: bigint,
): CountedUse => ({
  organizationId: stored.organization_id,
  userId: stored.user_id ?? undefined,
  apiKeyId: stored.api_key_id ?? undefined,
  occurredAt: new Date(stored.occurred_at),
  amounts: unitsAsAmounts(quantities, sign),
})
