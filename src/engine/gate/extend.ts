import type { ReservationDecision } from '../../contract/decision.ts'
import { TollgateError } from '../../contract/errors.ts'
import { parse } from '../../contract/parse.ts'
import type { CallOptions } from '../../contract/tollgate.ts'
import { type ExtensionInput, extensionSchema } from '../../contract/usage.ts'
import type { Context } from '../context.ts'
import { extendStrictly } from './decide-strictly.ts'
import { prepareCall } from './prepare-call.ts'
import { loadReservation, unknownReservation } from './reservation-state.ts'
import { actualEvent } from './settle.ts'
import { countDecision, keptDecisionValue } from './track.ts'

/**
 * Holds more, decided like a reservation of its own, and keeps the hold for longer. A refusal
 * leaves the hold as it was. What it adds is in `quantities` and the token fields; the price of
 * the call, which was held at first, is not held again.
 */
export const extend = async (
  ctx: Context,
  organizationId: string,
  reservationId: string,
  input: ExtensionInput,
  options: CallOptions = {},
): Promise<ReservationDecision> => {
  const { expiresInMs, ...more } = parse(extensionSchema, input)
  const { organization, reservation } = await loadReservation(ctx, organizationId, reservationId)
  const call = await prepareCall(ctx, actualEvent(reservation, more), {
    ...options,
    id: reservation.event_id,
    backfill: true,
  })
  if ('refused' in call) {
    throw new TollgateError('unprocessable', `the reservation cannot grow: ${call.refused}`)
  }
  const asked = new Set([
    ...Object.keys(more.quantities ?? {}),
    ...(more.inputTokens != null || more.outputTokens != null ? ['tokens'] : []),
  ])
  const amounts = call.item.amounts.filter(({ meter }) => asked.has(meter))
  const quantities = Object.fromEntries(amounts.map(({ meter, units }) => [meter, Number(units)]))
  const at = ctx.clock.now()
  const extended = await extendStrictly(ctx, {
    item: {
      ...call.item,
      backfilled: false,
      amounts,
      microCredits: 0n,
      quantities: JSON.stringify(quantities),
      // A limit per key is on the key that holds, whoever extends.
      apiKeyId: reservation.api_key_id ?? undefined,
    },
    reservationId: reservation.id,
    decisionId: ctx.ids(),
    expiresAt: new Date(at.getTime() + (expiresInMs ?? ctx.reservationExpiresInMs)),
  })
  if (!extended) throw unknownReservation()
  if (!extended.decision) {
    const { state } = extended.reservation
    throw new TollgateError('reservation_ended', `the reservation is ${state}`)
  }
  countDecision(ctx, extended.decision.allowed)
  return {
    ...keptDecisionValue(ctx, organization, extended.decision),
    reservationId: extended.reservation.id,
    expiresAt: new Date(extended.reservation.expires_at).toISOString(),
  }
}
