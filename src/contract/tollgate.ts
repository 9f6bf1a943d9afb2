/// <reference lib="esnext.disposable" preserve="true" />
import type { Role } from '../core/rights.ts'
import type { Alerts, PlatformAlerts } from './alerts.ts'
import type { ApiKeyCreated, ApiKeyCreateInput, ApiKeys } from './api-keys.ts'
import type { AuditAdmin, AuditLog } from './audit.ts'
import type { Billing, BillingRunOptions, Invoices, OverageReport } from './billing.ts'
import type { Budgets } from './budgets.ts'
import type { CallOptions, OfOrganization, Replayable } from './call.ts'
import type { CallerTransaction } from './caller-transaction.ts'
import type { CatalogVerbs } from './catalog-verbs.ts'
import type { Channels, PlatformChannels } from './channels.ts'
import type { CreditNotes } from './credit-notes.ts'
import type {
  Decision,
  Explanation,
  RecordResult,
  ReservationDecision,
  ReservationState,
  Reversed,
} from './decision.ts'
import type { DomainEvents } from './domain-events.ts'
import type { Grants } from './grants.ts'
import type { Extension, Hold, HoldRefused, HoldSettlement, RunHold, RunOptions } from './hold.ts'
import type { Jobs } from './jobs.ts'
import type { Limits } from './limits.ts'
import type { Members } from './members.ts'
import type { Analytics } from './operator-reports.ts'
import type { AdminKeys, ServiceKeys } from './platform-keys.ts'
import type { Registries } from './registries.ts'
import type { StripeSide } from './stripe.ts'
import type { Subscriptions } from './subscriptions.ts'
import type { System } from './system-facts.ts'
import type { Organizations, Principal } from './tenancy.ts'
import type { Call } from './usage.ts'
import type { UsageDifference } from './usage-difference.ts'
import type { Usage } from './usage-verbs.ts'
import type { Deliveries, PlatformDeliveries, PlatformWebhooks, Webhooks } from './webhooks.ts'
import type { Workflows } from './workflows.ts'

/** A call that holds its amounts, for so long where it says so. */
export type Reservation = Call & { readonly expiresInMs?: number }

export interface RecordOptions extends CallOptions {
  /** Takes timestamps of any age in all events; for the administrator. */
  readonly backfill?: boolean
}

/** Somebody who calls: a member of an organization, or whom a credential stands for. */
export type Caller =
  | {
      readonly organizationId: string
      readonly role: Role
      readonly actor: string
      /** Whose the calls are: those of somebody else are refused. Not given: whose they say. */
      readonly userId?: string
    }
  | Principal

/**
 * Tollgate as its users see it, in this process or behind HTTP. Every verb takes one flat object
 * and options, checks who calls and what was given, and answers plain data. What is not valid is a
 * `TollgateError` that names the fields. Saying no is a `Decision`, never an error.
 */
export interface Tollgate extends Registries {
  /** Whether a call would be allowed now. Uses up and records nothing. */
  check(input: Call, options?: CallOptions): Promise<Decision>
  /** Decides and, when allowed, records, in one step. */
  track(input: Call, options?: CallOptions): Promise<Replayable<Decision>>
  /** Holds an estimate before the work whose true cost is known only after it. */
  reserve(input: Reservation, options?: CallOptions): Promise<Hold | HoldRefused>
  /** Holds more, or for longer: for where only the id is at hand. */
  extend(
    input: OfOrganization & { readonly reservationId: string } & Extension,
    options?: CallOptions,
  ): Promise<Replayable<ReservationDecision>>
  /**
   * Records what was really used and gives the rest back. Without amounts: what was held, marked
   * `estimated`. Again: the first result.
   */
  settle(
    input: OfOrganization & { readonly reservationId: string } & HoldSettlement,
    options?: CallOptions,
  ): Promise<Replayable<ReservationState>>
  /** Gives all of it back. */
  release(
    input: OfOrganization & { readonly reservationId: string },
    options?: CallOptions,
  ): Promise<Replayable<ReservationState>>
  /** Records use that has already happened; resolves after the commit. Up to 1,000 at a time. */
  record(input: Call | readonly Call[], options?: RecordOptions): Promise<RecordResult>
  /** Undoes an event by a new one with its amounts negated, in the windows of the first. */
  reverse(
    input: OfOrganization & { readonly eventId: string; readonly reason: string },
    options?: CallOptions,
  ): Promise<Replayable<Reversed>>
  /** Why a decision of `track`, `reserve` or `extend` was as it was. */
  explain(
    input: OfOrganization & { readonly decisionId: string },
    options?: CallOptions,
  ): Promise<Explanation>
  /**
   * Holds `call`, runs `work`, and settles by what `hold.used(…)` or `usageOf(result)` says. A
   * result that is a stream, an async iterable or a `Response` is passed through, and settled when
   * it ends, breaks or is left.
   *
   * @throws TollgateRefusal when the gate says no; `work` has not run then.
   * @example
   * ```ts
   * const answer = await tollgate.run(
   *   { organizationId: 'acme', eventType: 'chat_message', quantities: { tokens: 1_500 } },
   *   async () => ({ text: 'Hello', tokens: 1_130 }),
   *   { usageOf: ({ tokens }) => ({ quantities: { tokens } }) },
   * )
   * ```
   */
  run<Result>(
    call: Reservation,
    work: (hold: RunHold) => Promise<Result>,
    options?: RunOptions<Result>,
  ): Promise<Result>
  /** The same library as somebody else: bound to their organization, held to what they may do. */
  as(caller: Caller): Tollgate

  readonly budgets: Budgets
  readonly usage: Usage
  readonly organizations: Organizations
  readonly members: Members
  readonly apiKeys: ApiKeys
  readonly serviceKeys: ServiceKeys
  readonly adminKeys: AdminKeys
  readonly limits: Limits
  readonly grants: Grants
  readonly subscriptions: Subscriptions
  readonly invoices: Invoices
  readonly creditNotes: CreditNotes
  readonly stripe: StripeSide
  readonly billing: Billing
  readonly analytics: Analytics
  readonly audit: AuditLog
  readonly alerts: Alerts
  readonly platformAlerts: PlatformAlerts
  readonly domainEvents: DomainEvents
  readonly webhooks: Webhooks
  readonly deliveries: Deliveries
  readonly platformWebhooks: PlatformWebhooks
  readonly platformDeliveries: PlatformDeliveries
  readonly channels: Channels
  readonly platformChannels: PlatformChannels
  readonly catalog: CatalogVerbs
  readonly jobs: Jobs
  readonly workflows: Workflows
  readonly system: System
}

/** The verbs that commit or roll back with a transaction of the caller's. */
export type TollgateWithin = Pick<
  Tollgate,
  'check' | 'track' | 'record' | 'reserve' | 'extend' | 'settle' | 'release'
>

/** What the process that runs the engine may do beyond the operations. */
export interface TollgateAdmin {
  /** A key for the platform's administrator. `key` is in the answer this once. */
  createAdminKey(input: ApiKeyCreateInput): Promise<ApiKeyCreated>
  /** Closes the periods that are over, without collecting anything. */
  closePeriods(options?: BillingRunOptions): Promise<OverageReport>
  /** Recomputes roll-ups, buckets and holds from raw events and reports every difference. */
  aggregate(range?: { from?: Date; to?: Date; repair?: boolean }): Promise<{
    from: Date
    to: Date
    events: bigint
    differences: readonly UsageDifference[]
  }>
  /** Applies retention now. */
  cleanup(): Promise<{ droppedPartitions: number; forgottenIds: bigint }>
  /**
   * Tells endpoints and channels of everything that is due now, and waits for the answers: for
   * tests, and for jobs of your own. Needs the option `webhooks` or `mail`.
   */
  sendDeliveries(): Promise<void>
  /**
   * Does every step of a workflow that is due now, and waits for it: for tests, and for jobs of your
   * own. Needs the option `workflows`.
   */
  runWorkflows(): Promise<void>
  readonly audit: AuditAdmin
}

/** The engine in this process. */
export interface TollgateEngine extends Tollgate {
  readonly admin: TollgateAdmin
  /**
   * Queues use to be recorded with others (100 events or 5 seconds). Resolves when it is in the
   * queue, which is bounded: a full queue makes callers wait. With a journal it is on the disk by
   * then, and is recorded even if the process or the machine dies; without one it is lost with
   * the process. `close()` writes what is queued.
   */
  enqueue(input: Call, options?: CallOptions): Promise<void>
  /**
   * The gate and the ledger inside a transaction of the caller's own: what they write commits or
   * rolls back with the caller's rows. `transaction` is a client of `pg` after `begin`, or the
   * transaction of Drizzle, Kysely or Prisma. Costs about one statement a verb, and holds the
   * organization's lock until the transaction ends, so other calls of that organization wait for
   * it: keep such transactions short.
   */
  within(transaction: CallerTransaction): TollgateWithin
  /** Writes everything that is queued, and waits for it. */
  flush(): Promise<void>
  /** Can the store be reached? Rejects within a second when not. */
  ready(): Promise<void>
  /**
   * Refuses new work, finishes and writes what was accepted, closes the store. What cannot be
   * written, since the store is away, stays in the journal for the next start.
   */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export type { UsageDifference }
