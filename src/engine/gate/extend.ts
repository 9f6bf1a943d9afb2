import type { z } from 'zod'
import type { Owned, Replayable } from '../../contract/call.ts'
import type { ReservationDecision } from '../../contract/decision.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { extensionSchema } from '../../contract/usage.ts'
import type { Acting } from '../acting.ts'
import type { Context } from '../context.ts'
import { fingerprintOfExtension } from '../ledger/fingerprint.ts'
import { extendStrictly } from './decide-strictly.ts'
import { holdTerms } from './hold-terms.ts'
import { prepareCall } from './prepare-call.ts'
import { loadReservation, requireOwnHold, unknownReservation } from './reservation-state.ts'
import { actualEvent } from './settled-use.ts'
import { countStrict, keptDecisionValue } from './track.ts'

/**
 * Holds more for a reservation and prolongs it. It is decided like a reservation of its own; a
 * refusal leaves the hold as it was.
 *
 * It adds `quantities` and the token fields. The price of the call is not held again. An id counts
 * once within the reservation, and a repeat returns the first answer. A refusal is not stored under
 * the id.
 */
export const extend = async (
  ctx: Context,
  input: Owned<z.output<typeof extensionSchema>> & { readonly reservationId: string },
  options: Acting = {},
): Promise<Replayable<ReservationDecision>> => {
  const { organizationId, reservationId, id = options.idempotencyKey, expiresInMs, ...more } = input
  const { organization, reservation } = await loadReservation(ctx, organizationId, reservationId)
  requireOwnHold(reservation, options)
  const call = await prepareCall(ctx, actualEvent(reservation, more), {
    ...options,
    id: reservation.event_id,
    backfill: true,
  })
  if ('refused' in call) {
    throw new TollgateError('unprocessable', {
      detail: `the reservation cannot grow: ${call.refused}`,
    })
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
      // A limit per key counts on the key of the reservation, whoever extends it.
      apiKeyId: reservation.api_key_id ?? undefined,
    },
    reservationId: reservation.id,
    decisionId: ctx.ids(),
    expiresAt: new Date(at.getTime() + (expiresInMs ?? ctx.reservationExpiresInMs)),
    key:
      id === undefined ? undefined : { id, fingerprint: fingerprintOfExtension(more, expiresInMs) },
  })
  if (!extended) throw unknownReservation()
  const { outcome, decision, expiresAtMs } = extended
  if (outcome === 'conflict') {
    const message = 'was used before with another payload'
    throw new TollgateError('idempotency_conflict', { faults: [{ field: 'id', message }] })
  }
  if (!decision) {
    const { state } = extended.reservation
    throw new TollgateError('reservation_ended', { detail: `the reservation is ${state}` })
  }
  const replayed = outcome === 'replay'
  if (!replayed) countStrict(ctx, decision.allowed)
  return {
    ...keptDecisionValue(ctx, organization, decision),
    ...holdTerms(
      extended.reservation.id,
      expiresAtMs,
      replayed ? ctx.clock.now().getTime() : decision.decidedAtMs,
    ),
    replayed,
  }
}
