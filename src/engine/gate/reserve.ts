import type { CallOptions, Replayable } from '../../contract/call.ts'
import type { DecisionReason, ReservationDecision } from '../../contract/decision.ts'
import { invalid } from '../../contract/errors.ts'
import { parse } from '../../contract/parse.ts'
import type { Reservation } from '../../contract/tollgate.ts'
import {
  type ReservationRequest,
  reservationRequestSchema,
  type UsageEvent,
} from '../../contract/usage.ts'
import { addsUp } from '../../core/catalog-words.ts'
import type { StoredReservation } from '../../storage/gate/reservations.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'
import type { Context } from '../context.ts'
import { decideStrictly } from './decide-strictly.ts'
import { refusalValue } from './decision-value.ts'
import { holdTerms, NOTHING_HELD } from './hold-terms.ts'
import { prepareCall } from './prepare-call.ts'
import { countStrict, decisionOf, keptDecisionValue } from './track.ts'
import { accountAhead } from './track-leased.ts'

/**
 * Holds an estimate, decided like the use itself. The hold ends by `settle`, `release` or expiry.
 */
export const reserve = async (
  ctx: Context,
  input: Reservation,
  options: CallOptions = {},
): Promise<Replayable<ReservationDecision>> => {
  const request = parse(reservationRequestSchema, input)
  const event = estimated(request)
  const call = await prepareCall(ctx, event, options, true)
  if ('refused' in call) return refused(ctx, call.refused)
  if (ctx.leases) accountAhead(ctx, call.organization.id)
  const lifeMs = request.expiresInMs ?? ctx.reservationExpiresInMs
  const ask = {
    item: event.budget === undefined ? call.item : askingForSome(ctx, call, event.eventType),
    verb: 'reserve' as const,
    decisionId: ctx.ids(),
    reservationId: ctx.ids(),
    expiresAt: new Date(ctx.clock.now().getTime() + lifeMs),
    request: JSON.stringify(event),
  }
  const outcome = await decideStrictly(ctx, ask)
  const decision = decisionOf(outcome)
  if (typeof decision === 'string') return refused(ctx, decision)
  const replayed = outcome.outcome === 'replay'
  if (!replayed) countStrict(ctx, decision.allowed)
  if (!replayed && decision.allowed) ctx.ownReservations.add(reservationMade(ask))
  const { reservation } = outcome
  const terms = reservation
    ? holdTerms(reservation.id, reservation.expiresAtMs, ctx.clock.now().getTime())
    : NOTHING_HELD
  return {
    ...keptDecisionValue(ctx, call.organization, decision),
    ...terms,
    // The requested lifetime, even if the store was slow to decide.
    ...(reservation && !replayed && { expiresInMs: lifeMs }),
    replayed,
  }
}

const refused = (ctx: Context, reason: DecisionReason): Replayable<ReservationDecision> => {
  countStrict(ctx, false)
  return { ...refusalValue(reason, ctx.ids()), ...NOTHING_HELD, replayed: false }
}

/**
 * Adds an amount of 0 for each meter that the call may use without saying how much. Otherwise such
 * a call would pass an exhausted budget.
 */
const askingForSome = (
  ctx: Context,
  { item, organization }: { readonly item: UsageItem; readonly organization: OrganizationRow },
  eventType: string,
): UsageItem => {
  const { contributions = [] } = ctx.catalog.eventType(eventType, organization.catalog) ?? {}
  const unsaid = contributions.filter(
    ([meter, from]) =>
      from === 'quantity' &&
      addsUp(ctx.catalog.meter(meter)?.aggregation ?? 'latest') &&
      !item.amounts.some((amount) => amount.meter === meter),
  )
  const asked = unsaid.map(([meter]) => ({ meter, units: 0n }))
  return { ...item, amounts: [...item.amounts, ...asked] }
}

/** The event with the estimate as its amounts. */
const estimated = (request: ReservationRequest): UsageEvent => {
  const { estimate, expiresInMs: _, ...event } = request
  if (estimate && event.quantities) {
    throw invalid({ field: 'quantities', message: 'cannot stand beside `estimate`' })
  }
  return estimate ? { ...event, quantities: estimate } : event
}

/** The reservation as it is stored, built without reading it. */
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
