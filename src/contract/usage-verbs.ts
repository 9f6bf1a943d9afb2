import type { CallOptions, OfOrganization } from './call.ts'
import type { DashboardRequest, UsageDashboard } from './insight.ts'
import type { Pages } from './page.ts'
import type {
  AnotherPlan,
  AnotherPlanRequest,
  UpgradeAdvice,
  UsageOverage,
} from './plan-reports.ts'
import type { Quota, QuotaRequest } from './quota.ts'
import type { Refusal, RefusalListInput, RefusalPage } from './refusals.ts'
import type { Rerated, ReratingInput } from './rerating.ts'
import type { CurrentUsage } from './tenancy.ts'
import type {
  HistoryEvent,
  HistoryExportInput,
  HistoryListInput,
  HistoryPage,
} from './usage-history.ts'
import type { UsageManagement, UsageManagementUpdate } from './usage-management.ts'
import type {
  Aggregated,
  AggregateInput,
  DailyRequest,
  DailyUsage,
  EndpointsRequest,
  EndpointsUsage,
  LiveRequest,
  LiveUsage,
} from './usage-reports.ts'
import type { SeriesRequest, UsageSeries } from './usage-series.ts'

/**
 * The use of an organization: raw events, figures from roll-ups, and their meaning for its plan.
 */
export interface Usage {
  /** Returns the limits and their use in the windows that contain now. */
  current(input?: OfOrganization, options?: CallOptions): Promise<CurrentUsage>
  /**
   * Checks whether an amount of a meter would fit the organization's limits, whatever event type
   * uses it. It reserves nothing, so two concurrent callers may both be told yes. Use `reserve`
   * where that matters.
   */
  quota(input: OfOrganization & QuotaRequest, options?: CallOptions): Promise<Quota>
  /** Returns figures by day. */
  daily(input?: OfOrganization & DailyRequest, options?: CallOptions): Promise<DailyUsage>
  /**
   * Returns a figure or a meter over time, split by event type, category, model, user or endpoint.
   */
  series(input?: OfOrganization & SeriesRequest, options?: CallOptions): Promise<UsageSeries>
  /** Lists calls, errors and latencies by endpoint, most called first. */
  endpoints(
    input?: OfOrganization & EndpointsRequest,
    options?: CallOptions,
  ): Promise<EndpointsUsage>
  /** Lists the gate's refusals and the limits that caused them, latest first. */
  refusals(
    input?: OfOrganization & RefusalListInput,
    options?: CallOptions,
  ): Pages<Refusal, RefusalPage>
  /** Lists events, filtered and sorted, with the totals of all matching events. */
  history(
    input?: OfOrganization & HistoryListInput,
    options?: CallOptions,
  ): Pages<HistoryEvent, HistoryPage>
  /** Streams all matching events in time order. Reads one page at a time, on demand. */
  export(
    input?: OfOrganization & HistoryExportInput,
    options?: CallOptions,
  ): Promise<AsyncIterable<HistoryEvent>>
  /**
   * Streams the result of `current`: once at the start, then on each change, at most once a second.
   * A slow reader only gets the latest. Ends with the engine.
   */
  live(input?: LiveRequest, options?: CallOptions): Promise<AsyncIterable<LiveUsage>>
  /** Returns current use and its forecast in one answer. */
  dashboard(
    input?: OfOrganization & DashboardRequest,
    options?: CallOptions,
  ): Promise<UsageDashboard>
  /** Returns the organization's limits, settings and usage patterns. */
  management(input?: OfOrganization, options?: CallOptions): Promise<UsageManagement>
  /** Changes limits, the warning threshold, the plan and the time zone, all or nothing. */
  manage(
    input: OfOrganization & UsageManagementUpdate,
    options?: CallOptions,
  ): Promise<UsageManagement>
  /** Returns the overage of the current period, so far and expected at its end. */
  overage(input?: OfOrganization, options?: CallOptions): Promise<UsageOverage>
  /** Computes what the current period would have cost on another plan. */
  onAnotherPlan(
    input: OfOrganization & AnotherPlanRequest,
    options?: CallOptions,
  ): Promise<AnotherPlan>
  /** Recommends the cheapest plan that would have covered the last three months, with figures. */
  recommendation(input?: OfOrganization, options?: CallOptions): Promise<UpgradeAdvice>
  /**
   * Recomputes roll-ups and levels from raw events, for all windows wholly within a range. Repairs
   * differences unless `repair` is false. A repeated call finds nothing.
   */
  aggregate(input?: AggregateInput, options?: CallOptions): Promise<Aggregated>
  /**
   * Prices past use again by the catalog in force. By default it only reports the changes. With
   * `dryRun: false`, it corrects them by reversals and replacement events at the same time. A
   * repeated call changes nothing.
   */
  rerate(input: ReratingInput, options?: CallOptions): Promise<Rerated>
}
