import type { EventRegistry } from '../contract/registries.ts'
import type { Tollgate, TollgateEngine } from '../contract/tollgate.ts'
import { systemTimers } from '../facade/timers.ts'
import type { AuthenticationOptions } from '../http/authentication/authentication.ts'
import { type AuditLogger, auditLoggerOf } from './audit-logger.ts'
import { authorizationOf, type FamiliarAuthorization } from './authorization.ts'
import {
  type EnforceQuota,
  enforceQuotaOf,
  type QuotaEnforcer,
  quotaEnforcerOf,
} from './enforce-quota.ts'
import { eventRegistryOf } from './event-registry.ts'
import type { Source } from './source.ts'
import { type TrackUsage, trackUsageOf } from './track-usage.ts'
import { type UsageTracker, type UsageTrackerOptions, usageTrackerOf } from './usage-tracker.ts'
import { type WithApiKey, withApiKeyOf } from './with-api-key.ts'
import { type WithUsageTracking, withUsageTrackingOf } from './with-usage-tracking.ts'

export interface FamiliarOptions {
  /**
   * Who may sign in. `authenticationFrom(process.env)` of `tollgate/server` reads the usual
   * variables.
   */
  readonly authentication?: AuthenticationOptions
  /**
   * The catalog in which `updateEventDefinition` creates missing event types, if the key names
   * none.
   */
  readonly catalog?: string
  /** The event type of failed calls. Default `error`. */
  readonly errorEventType?: string
  /** Generates unique ids. Default: random UUIDs. */
  readonly ids?: () => string
}

/** The names that also work over a client. */
export interface NamesOverHttp {
  readonly withUsageTracking: WithUsageTracking
  readonly trackUsage: TrackUsage
  readonly enforceQuota: EnforceQuota
  readonly QuotaEnforcer: new () => QuotaEnforcer
  readonly AuditLogger: new (options?: { readonly actor?: string }) => AuditLogger
  /** `updateEventDefinition` creates a missing event type. */
  readonly eventRegistry: EventRegistry
}

/** All names, over the engine in this process. */
export interface FamiliarNames extends NamesOverHttp, FamiliarAuthorization {
  readonly UsageTracker: new (options?: UsageTrackerOptions) => UsageTracker
  readonly withApiKey: WithApiKey
}

export interface MakeFamiliarNames {
  (tollgate: Source<TollgateEngine>, options?: FamiliarOptions): FamiliarNames
  (tollgate: Source<Tollgate>, options?: Omit<FamiliarOptions, 'authentication'>): NamesOverHttp
}

/**
 * Binds the functions and classes of a hand-written tracker to an engine, to a client, or to a
 * function that opens one.
 *
 * @example
 * ```ts
 * import { createTollgate } from 'tollgate'
 * import { familiarNames } from 'tollgate/familiar'
 *
 * const tollgate = await createTollgate({ database: 'memory' })
 * export const { withUsageTracking, trackUsage, enforceQuota } = familiarNames(tollgate)
 * ```
 */
export const familiarNames: MakeFamiliarNames = (
  // biome-ignore lint/suspicious/noExplicitAny: an engine where the types have said so
  source: any,
  { authentication = {}, catalog, errorEventType = 'error', ids = randomId }: FamiliarOptions = {},
): FamiliarNames => ({
  withUsageTracking: withUsageTrackingOf(source),
  trackUsage: trackUsageOf(source, { ids, errorEventType, timers: systemTimers }),
  enforceQuota: enforceQuotaOf(source),
  QuotaEnforcer: quotaEnforcerOf(source),
  AuditLogger: auditLoggerOf(source),
  UsageTracker: usageTrackerOf(source, systemTimers),
  withApiKey: withApiKeyOf(source),
  eventRegistry: eventRegistryOf(source, catalog),
  ...authorizationOf(source, authentication),
})

const randomId = (): string => crypto.randomUUID()
