import type { CallOptions } from '../../contract/call.ts'
import type { ModelPrice } from '../../contract/catalog.ts'
import type { DecisionReason } from '../../contract/decision.ts'
import type { UsageEvent } from '../../contract/usage.ts'
import { timestampFault } from '../../core/event-times.ts'
import type { Fault } from '../../core/fault.ts'
import { includesFeature } from '../../core/features.ts'
import { ownIdFault } from '../../core/own-ids.ts'
import { partsOf } from '../../core/usage-parts.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'
import type { CompiledEventType } from '../catalog/compiled-catalog.ts'
import type { Context } from '../context.ts'
import { amountsOfEvent } from './amounts-of-event.ts'
import { fingerprintOf } from './fingerprint.ts'

/**
 * An event that is priced and ready to be written, or the reason why it is refused, or its faults.
 */
export type Prepared =
  | { readonly kind: 'item'; readonly item: UsageItem; readonly type: CompiledEventType }
  | { readonly kind: 'refused'; readonly reason: DecisionReason }
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] }

export interface PrepareOptions extends CallOptions {
  /** Accepts timestamps of any age, and stores the id forever. */
  readonly backfill?: boolean | undefined
  /** The id, unique in the organization. It takes precedence over the ids of the caller. */
  readonly id?: string | undefined
  /** The use already happened, so it is priced even if the plan does not include it. */
  readonly happened?: boolean | undefined
  /** The call is a known retry. It gets its first answer, so its timestamp is not checked. */
  readonly retry?: boolean | undefined
}

/** Prices one event of an organization, and computes its amounts by meter. */
export const prepareUsage = (
  ctx: Context,
  organization: OrganizationRow | undefined,
  event: UsageEvent,
  options: PrepareOptions,
): Prepared => {
  if (!organization) return { kind: 'refused', reason: 'unknown_organization' }
  if (organization.status === 'closed') return { kind: 'refused', reason: 'closed_organization' }
  const unsubscribed = unsubscribedAt(organization, timeOfUse(ctx, event, options))
  if (unsubscribed) return { kind: 'refused', reason: unsubscribed }
  const type = ctx.catalog.eventType(event.eventType, organization.catalog)
  if (!type) return { kind: 'refused', reason: 'unknown_event_type' }
  if (!type.definition.active) return { kind: 'refused', reason: 'inactive_event_type' }
  const { requires } = type.definition
  if (requires !== undefined && !options.happened) {
    const included = includesFeature(organization.plan_document.features, requires)
    if (!included) return { kind: 'refused', reason: 'feature_not_included' }
  }

  const receivedAt = ctx.clock.now()
  const occurredAt = event.timestamp ?? receivedAt
  const backfill = options.backfill === true || event.backfill === true
  const faults = faultsOfTime(organization, event, receivedAt, backfill, options)
  const price = type.price(event.properties)
  if (!price.ok) return { kind: 'invalid', faults: [...faults, ...price.faults] }
  const metered = amountsOfEvent(type, event, price.microCredits, (key) => ctx.catalog.meter(key))
  faults.push(...metered.faults, ...faultsOfId(event, options, backfill))
  if (faults.length > 0) return { kind: 'invalid', faults }

  const id = options.id ?? event.id ?? options.idempotencyKey ?? ctx.ids()
  const item = pricedItem(ctx, organization.id, type, event, {
    id,
    fingerprint: fingerprintOf(event),
    occurredAt,
    receivedAt,
    backfilled: backfill,
    apiKeyId: options.apiKeyId,
    microCredits: price.microCredits,
    amounts: metered.amounts,
  })
  return { kind: 'item', type, item }
}

/** The time of the use: now for a call, and the timestamp for use that already happened. */
const timeOfUse = ({ clock }: Context, event: UsageEvent, { happened }: PrepareOptions): Date =>
  (happened && event.timestamp) || clock.now()

/** The reason why the subscription allows no use at a time, if there is one. */
const unsubscribedAt = (
  { paused_at, ends_at }: OrganizationRow,
  at: Date,
): DecisionReason | undefined => {
  if (ends_at !== null && at >= ends_at) return 'subscription_ended'
  return paused_at !== null && at >= paused_at ? 'subscription_paused' : undefined
}

/** The fields of an event that result from pricing and metering. */
type PricedParts = Pick<
  UsageItem,
  | 'id'
  | 'fingerprint'
  | 'occurredAt'
  | 'receivedAt'
  | 'backfilled'
  | 'apiKeyId'
  | 'microCredits'
  | 'amounts'
  | 'verb'
>

/** One shared list, because found prices are cached by list. */
const NO_PRICES: readonly ModelPrice[] = []

/** The event as it is written. */
export const pricedItem = (
  ctx: Pick<Context, 'modelCosts' | 'catalog'>,
  organizationId: string,
  type: CompiledEventType,
  event: UsageEvent,
  parts: PricedParts,
): UsageItem => {
  const prices = ctx.catalog.catalog(type.catalog)?.modelPrices ?? NO_PRICES
  const cost = ctx.modelCosts.of(event, prices, parts.occurredAt)
  const otherAmounts = partsOf(event)
  // Listed one by one: a spread in such a large literal costs 50 µs per call.
  return {
    id: parts.id,
    fingerprint: parts.fingerprint,
    occurredAt: parts.occurredAt,
    receivedAt: parts.receivedAt,
    backfilled: parts.backfilled,
    apiKeyId: parts.apiKeyId,
    microCredits: parts.microCredits,
    amounts: parts.amounts,
    verb: parts.verb,
    organizationId,
    eventType: type.definition.key,
    category: type.definition.category,
    userId: event.userId ?? undefined,
    sessionId: event.sessionId ?? undefined,
    quantities: quantitiesJson(parts.amounts),
    costUsd: cost.costUsd,
    priceSource: cost.priceSource,
    priceName: cost.priceName,
    pricedAsText: cost.asText,
    provider: event.provider ?? undefined,
    model: event.model ?? undefined,
    inputTokens: event.inputTokens ?? undefined,
    cachedInputTokens: event.cachedInputTokens ?? undefined,
    outputTokens: event.outputTokens ?? undefined,
    reasoningTokens: event.reasoningTokens ?? undefined,
    parts: otherAmounts && JSON.stringify(otherAmounts),
    endpoint: event.endpoint ?? undefined,
    method: event.method ?? undefined,
    status: event.status ?? undefined,
    durationMs: event.durationMs == null ? undefined : Math.round(event.durationMs),
    catalogVersionId: type.versionId,
    properties: event.properties && JSON.stringify(event.properties),
    budgetId: event.budget,
    isFinal: event.final,
  }
}

/** Checks the caller's id. An id that this process derived needs no check. */
const faultsOfId = (
  { id }: UsageEvent,
  { id: made, idempotencyKey }: PrepareOptions,
  backfill: boolean,
): readonly Fault[] => {
  const given = id ?? idempotencyKey
  if (given === undefined || made !== undefined) return NO_FAULTS
  const message = ownIdFault(given, { backfill })
  if (message === undefined) return NO_FAULTS
  return [{ field: id === undefined ? 'idempotencyKey' : 'id', message }]
}

const NO_FAULTS: readonly Fault[] = []

/** A call without a timestamp is made now, so there is nothing to check. */
const faultsOfTime = (
  { starts_at }: OrganizationRow,
  { timestamp }: UsageEvent,
  now: Date,
  backfill: boolean,
  { happened, retry }: PrepareOptions,
): Fault[] => {
  if (!timestamp || retry) return []
  const message = timestampFault(timestamp.getTime(), {
    nowMs: now.getTime(),
    startsAtMs: starts_at.getTime(),
    rule: backfill ? 'backfill' : happened ? 'happened' : 'now',
  })
  return message === undefined ? [] : [{ field: 'timestamp', message }]
}

/** JSON of units by meter, or of the value for a unique meter. Keys of meters need no escaping. */
export const quantitiesJson = (amounts: UsageItem['amounts']): string => {
  let json = ''
  for (const { meter, units, value } of amounts) {
    json += `${json === '' ? '' : ','}"${meter}":${value === undefined ? units : JSON.stringify(value)}`
  }
  return `{${json}}`
}
