/**
 * The usual names of hand-written trackers, over the engine or a client, for code that already
 * calls them. New code should use the verbs themselves.
 * @module
 */
export type { ByApiKeyOptions } from '../frameworks/by-api-key.ts'
export type * from '../guard/types.ts'
export type { AuditLine, AuditLogger } from './audit-logger.ts'
export type { FamiliarAuthorization } from './authorization.ts'
export type { EnforceQuota, QuotaAnswer, QuotaEnforcer } from './enforce-quota.ts'
export {
  type FamiliarNames,
  type FamiliarOptions,
  familiarNames,
  type MakeFamiliarNames,
  type NamesOverHttp,
} from './familiar-names.ts'
export type { FetchHandler } from './guarded-handler.ts'
export type { HandlerTracking, HandlerWrapper, Told } from './handler-wrapper.ts'
export type { Source } from './source.ts'
export type { CallOutcome, CallRecorder, TrackedUsage, TrackUsage } from './track-usage.ts'
export type { TrackedEvent, UsageTracker, UsageTrackerOptions } from './usage-tracker.ts'
export type { WithApiKey, WithApiKeyOptions } from './with-api-key.ts'
export type { UsageTracking, WithUsageTracking } from './with-usage-tracking.ts'
