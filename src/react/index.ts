'use client'
export {
  BillingOverview,
  type BillingOverviewProps,
  type ShownInvoice,
} from './billing/billing-overview.tsx'
export type { PlanChoice } from './billing/plan-choice.ts'
export { PlanPicker, type PlanPickerProps } from './billing/plan-picker.tsx'
export { type GetToken, NoToken, type ReadToken } from './client/read-token.ts'
export type { ReadStatus } from './client/resource.ts'
export type { ReadFailure } from './client/store.ts'
export { TollgateProvider, type TollgateProviderProps } from './hooks/provider.tsx'
export { type BillingReading, useBilling } from './hooks/use-billing.ts'
export { type PlansReading, usePlans } from './hooks/use-plans.ts'
export type { Reading } from './hooks/use-resource.ts'
export { type DashboardReading, useUsageDashboard } from './hooks/use-usage-dashboard.ts'
export {
  type HistoryFilters,
  type HistoryReading,
  useUsageHistory,
} from './hooks/use-usage-history.ts'
export { type StreamReading, useUsageStream } from './hooks/use-usage-stream.ts'
export { ApiKeys, type ApiKeysProps } from './keys/api-keys.tsx'
export type { KeyActions, NewKey, ShownKey } from './keys/key-actions.ts'
export type { BlockReading } from './parts/block-state.tsx'
export type { Common as PartProps, Parts } from './parts/names.ts'
export type { EventTypeChoice } from './usage/history-filter-bar.tsx'
export type { HistoryColumn } from './usage/history-table.tsx'
export { LimitWarning, type LimitWarningProps } from './usage/limit-warning.tsx'
export type { Limit as ShownLimit } from './usage/standing.ts'
export { UsageDashboard, type UsageDashboardProps } from './usage/usage-dashboard.tsx'
export type {
  DashboardData,
  DashboardLook,
  DashboardSection,
} from './usage/usage-dashboard-view.tsx'
export { UsageHistory, type UsageHistoryProps } from './usage/usage-history.tsx'
export { UsageIndicator, type UsageIndicatorProps } from './usage/usage-indicator.tsx'
export { english } from './words/english.ts'
export { german } from './words/german.ts'
export type { LimitStanding, Messages } from './words/messages.ts'
export type { WordsOptions } from './words/words.ts'
