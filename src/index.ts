/**
 * The engine in this process: `createTollgate()`.
 * @module
 */
import type { TollgateEngine } from './contract/tollgate.ts'
import { createTollgate as openEngine } from './engine/create-tollgate.ts'
import type { TollgateOptions } from './engine/options.ts'

export type { MailSettings } from './connectors/mail/mail-settings.ts'
export type { StripeOptions } from './connectors/stripe/open.ts'
export { defineCatalog } from './contract/define-catalog.ts'
export {
  ERRORS,
  type ErrorCode,
  TollgateError,
  type TollgateErrorOptions,
} from './contract/errors.ts'
export type * from './contract/types.ts'
export type * from './contract/workflow-definition.ts'
export { TollgateRefusal } from './decision/refusal.ts'
export { createTrialAudit } from './engine/audit/trial-audit.ts'
export type { Clock } from './engine/clock.ts'
export {
  type ClosableServer,
  type CloseOnSignalOptions,
  closeOnSignal,
} from './engine/close-on-signal.ts'
export type { Schedules, SharedJobName } from './engine/jobs/job-table.ts'
export type { CatalogSource, Log, TollgateOptions } from './engine/options.ts'
export type { MeterThere, StripeSettings } from './engine/stripe/stripe-settings.ts'
export type { ErrorPlace, OnError } from './engine/telemetry/error-reporter.ts'
export type { WebhookSettings } from './engine/webhooks/outbound-rules.ts'
export { defineWorkflow } from './workflows/define-workflow.ts'
export type { KnowledgeBase } from './workflows/trial-onboarding/knowledge-base.ts'
export type {
  ChatModelLike,
  QualityCheck,
  QualitySample,
} from './workflows/trial-onboarding/quality-check.ts'
export type { TrialInput, TrialStart } from './workflows/trial-onboarding/trial-input.ts'
export {
  type TrialOnboardingOptions,
  trialOnboarding,
} from './workflows/trial-onboarding/trial-onboarding.ts'

/**
 * Opens the engine in this process: migrates the database, loads the catalogs and starts background
 * jobs. Close it with `close()` or `await using`.
 *
 * @example
 * ```ts
 * await using tollgate = await createTollgate({ database: 'memory' })
 * await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/trial' })
 * const decision = await tollgate.track({ organizationId: 'acme', eventType: 'api_call' })
 * console.log(decision.allowed) // true
 * ```
 */
export const createTollgate: (options?: TollgateOptions) => Promise<TollgateEngine> = openEngine
