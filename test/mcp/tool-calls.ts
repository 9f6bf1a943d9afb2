import { exampleCatalog } from '../../src/operations/example-catalog.ts'
import type { Named } from './demo-door.ts'

/** A tool call on the demo's data, with the equivalent HTTP requests. */
export interface ToolCall {
  readonly input: object
  /** The method, path and body; several if the tool combines answers. */
  readonly http: Readonly<Record<string, readonly [method: string, path: string, body?: object]>>
  /** It changes something, so it cannot be called twice. It has its own test. */
  readonly changes?: true
}

/** Every tool. A test checks that the table is complete. */
export const toolCalls = (named: Named): Readonly<Record<string, ToolCall>> => {
  const { organizationId, invoiceId, decisionId, endpointId, deliveryId, anotherPlan } = named
  const at = `/api/organizations/${organizationId}`
  const one = (path: string) => ({ '': ['GET', path] as const })
  const deliveries = `${at}/webhooks/${endpointId}/deliveries`
  return {
    get_usage: {
      input: { organizationId },
      http: one(`/api/usage/current?organizationId=${organizationId}`),
    },
    get_usage_series: {
      input: { organizationId, metric: 'credits', groupBy: 'user', step: 'day' },
      http: one(`${at}/usage/series?metric=credits&groupBy=user&step=day`),
    },
    check_limit: {
      input: { organizationId, meter: 'credits', amount: 5 },
      http: one(`/api/usage/quota?organizationId=${organizationId}&meter=credits&amount=5`),
    },
    list_refusals: {
      input: { organizationId, limit: 10 },
      http: one(`${at}/usage/refusals?limit=10`),
    },
    explain_decision: {
      input: { organizationId, decisionId },
      http: one(`/api/usage/decisions/${decisionId}?organizationId=${organizationId}`),
    },
    forecast_usage: { input: { organizationId }, http: one(`${at}/usage/dashboard`) },
    list_alerts: { input: { organizationId }, http: one(`${at}/alert-firings?limit=25`) },
    list_deliveries: { input: { organizationId, endpointId }, http: one(`${deliveries}?limit=25`) },
    list_endpoints: { input: { organizationId }, http: one(`${at}/webhooks?limit=25`) },
    list_plans: { input: { organizationId }, http: one(`${at}/plans`) },
    compare_plans: {
      input: { organizationId, plan: anotherPlan },
      http: one(`${at}/usage/another-plan?plan=${encodeURIComponent(anotherPlan)}`),
    },
    recommend_plan: { input: { organizationId }, http: one(`${at}/usage/recommendation`) },
    get_credits: { input: { organizationId }, http: one(`${at}/grants/balance`) },
    list_invoices: { input: { organizationId }, http: one(`${at}/invoices?limit=25`) },
    get_invoice: {
      input: { organizationId, invoiceId },
      http: one(`${at}/invoices/${invoiceId}`),
    },
    preview_invoice: { input: { organizationId }, http: one(`${at}/invoices/preview`) },
    explain_invoice_line: {
      input: { organizationId, invoiceId, line: 2, limit: 5 },
      http: {
        invoice: ['GET', `${at}/invoices/${invoiceId}`],
        events: ['GET', `${at}/invoices/${invoiceId}/lines/2/events?limit=5`],
      },
    },
    list_organizations: { input: { limit: 2 }, http: one('/api/organizations?limit=2') },
    dry_run_catalog: {
      input: { document: exampleCatalog },
      http: { '': ['POST', '/api/admin/config/dry-run', { document: exampleCatalog }] },
    },
    list_audit_verifications: { input: {}, http: one('/api/admin/audit/verifications?limit=25') },
    preview_grant: {
      input: { organizationId, credits: 500, reason: 'a promise' },
      http: { balance: ['GET', `${at}/grants/balance`] },
    },
    grant_credits: {
      input: { organizationId, credits: 500, reason: 'a promise', idempotencyKey: 'one' },
      http: {},
      changes: true,
    },
    preview_replay: {
      input: { organizationId, endpointId, deliveryId },
      http: { delivery: ['GET', `${deliveries}/${deliveryId}`] },
    },
    replay_delivery: {
      input: { organizationId, endpointId, deliveryId, idempotencyKey: 'two' },
      http: {},
      changes: true,
    },
    verify_audit: {
      input: { organizationIds: [null], idempotencyKey: 'three' },
      http: {},
      changes: true,
    },
  }
}
