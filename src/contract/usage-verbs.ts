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

/** What an organization used: raw events, figures from roll-ups, and what they mean for its plan. */
export interface Usage {
  /** Its limits, and how much of each is used in the window that contains now. */
  current(input?: OfOrganization, options?: CallOptions): Promise<CurrentUsage>
  /**
   * Whether so much more of a meter would fit the limits of the organization as a whole, whichever
   * event type adds to it. Takes nothing: two who ask at once may both hear yes, so `reserve` where
   * that matters.
   */
  quota(input: OfOrganization & QuotaRequest, options?: CallOptions): Promise<Quota>
  /** Figures by day. */
  daily(input?: OfOrganization & DailyRequest, options?: CallOptions): Promise<DailyUsage>
  /** A figure or a meter over time, told apart by event type, category, model, user or endpoint. */
  series(input?: OfOrganization & SeriesRequest, options?: CallOptions): Promise<UsageSeries>
  /** Calls, errors and latencies by endpoint, the most called first. */
  endpoints(
    input?: OfOrganization & EndpointsRequest,
    options?: CallOptions,
  ): Promise<EndpointsUsage>
  /** What the gate refused, and which limits refused it; the latest first. */
  refusals(
    input?: OfOrganization & RefusalListInput,
    options?: CallOptions,
  ): Pages<Refusal, RefusalPage>
  /** A page of its events, filtered and sorted, and what all that fit come to. */
  history(
    input?: OfOrganization & HistoryListInput,
    options?: CallOptions,
  ): Pages<HistoryEvent, HistoryPage>
  /** All events that fit, in the order of time, read a page at a time as they are taken. */
  export(
    input?: OfOrganization & HistoryExportInput,
    options?: CallOptions,
  ): Promise<AsyncIterable<HistoryEvent>>
  /**
   * The same as `current`, at once and whenever it changes, at most once a second. A slow reader
   * gets the latest only. Ends with the engine.
   */
  live(input?: LiveRequest, options?: CallOptions): Promise<AsyncIterable<LiveUsage>>
  /** How it stands and where it is heading, at one look. */
  dashboard(
    input?: OfOrganization & DashboardRequest,
    options?: CallOptions,
  ): Promise<UsageDashboard>
  /** Its limits, settings and habits. */
  management(input?: OfOrganization, options?: CallOptions): Promise<UsageManagement>
  /** Changes limits, the threshold of warnings, the plan and the time zone, all or nothing. */
  manage(
    input: OfOrganization & UsageManagementUpdate,
    options?: CallOptions,
  ): Promise<UsageManagement>
  /** What it owes past its limits in the current period, so far and at its end. */
  overage(input?: OfOrganization, options?: CallOptions): Promise<UsageOverage>
  /** What its current period would have come to on another plan. */
  onAnotherPlan(
    input: OfOrganization & AnotherPlanRequest,
    options?: CallOptions,
  ): Promise<AnotherPlan>
  /** The cheapest plan that would have covered the last three months, with its figures. */
  recommendation(input?: OfOrganization, options?: CallOptions): Promise<UpgradeAdvice>
  /**
   * Recomputes the roll-ups and levels of all windows wholly within a range from raw events, and
   * sets them right unless `repair` is false. Again it finds nothing.
   */
  aggregate(input?: AggregateInput, options?: CallOptions): Promise<Aggregated>
  /**
   * Prices past use anew by the catalog in force now. Says what would change; with `dryRun: false`
   * corrects it, by reversals and events that stand in at the same time. Again it changes nothing.
   */
  rerate(input: ReratingInput, options?: CallOptions): Promise<Rerated>
}
