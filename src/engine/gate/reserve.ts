import type { ReservationDecision } from '../../contract/decision.ts'
import { invalid } from '../../contract/errors.ts'
import { parse } from '../../contract/parse.ts'
import type { Answer, CallOptions } from '../../contract/tollgate.ts'
import {
  type ReservationRequest,
  type ReservationRequestInput,
  reservationRequestSchema,
  type UsageEvent,
} from '../../contract/usage.ts'
import type { StoredReservation } from '../../storage/tables/reservations.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'
import type { Context } from '../context.ts'
import { decideStrictly } from './decide-strictly.ts'
import { refusalValue } from './decision-value.ts'
import { prepareCall } from './prepare-call.ts'
import { countDecision, decisionOf, keptDecisionValue } from './track.ts'

/** Holds an estimate, decided like the use itself; the hold ends by `settle`, `release` or itself. */
export const reserve = async (
  ctx: Context,
  input: ReservationRequestInput,
  options: CallOptions = {},
): Promise<Answer<ReservationDecision>> => {
  const request = parse(reservationRequestSchema, input)
  const event = estimated(request)
  const call = await prepareCall(ctx, event, options)
  const none = { reservationId: null, expiresAt: null }
  if ('refused' in call) {
    countDecision(ctx, false)
    return { value: { ...refusalValue(call.refused, ctx.ids()), ...none }, replayed: false }
  }
  const lifeMs = request.expiresInMs ?? ctx.reservationExpiresInMs
  const ask = {
    item: call.item,
    verb: 'reserve' as const,
    decisionId: ctx.ids(),
    reservationId: ctx.ids(),
    expiresAt: new Date(ctx.clock.now().getTime() + lifeMs),
    request: JSON.stringify(event),
  }
  const outcome = await decideStrictly(ctx, ask)
  const decision = decisionOf(outcome)
  if (typeof decision === 'string') {
    countDecision(ctx, false)
    return { value: { ...refusalValue(decision, ctx.ids()), ...none }, replayed: false }
  }
  const replayed = outcome.outcome === 'replay'
  if (!replayed) countDecision(ctx, decision.allowed)
  if (!replayed && decision.allowed) ctx.ownReservations.add(reservationMade(ask))
  return {
    replayed,
    value: {
      ...keptDecisionValue(ctx, call.organization, decision),
      reservationId: outcome.reservation?.id ?? null,
      expiresAt: outcome.reservation
        ? new Date(outcome.reservation.expiresAtMs).toISOString()
        : null,
    },
  }
}

/** The event whose amounts are the estimate. */
const estimated = (request: ReservationRequest): UsageEvent => {
  const { estimate, expiresInMs: _, ...event } = request
  if (estimate && event.quantities) {
    throw invalid({ field: 'quantities', message: 'cannot stand beside `estimate`' })
  }
  return estimate ? { ...event, quantities: estimate } : event
}

/** The reservation as the store has it, without reading it. */
const reservationMade = ({
  item,
  reservationId,
  expiresAt,
  request,
}: {
  item: UsageItem
  reservationId: string
  expiresAt: Date
  request: string
}): StoredReservation => ({
  id: reservationId,
  organization_id: item.organizationId,
  event_id: item.id,
  user_id: item.userId ?? null,
  api_key_id: item.apiKeyId ?? null,
  state: 'held',
  request: JSON.parse(request),
  quantities: JSON.parse(item.quantities),
  occurred_at: item.occurredAt.toISOString(),
  created_at: item.receivedAt.toISOString(),
  expires_at: expiresAt.toISOString(),
  settlement: null,
})
