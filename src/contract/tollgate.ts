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
import type {
  ChannelDeliveries,
  Channels,
  PlatformChannelDeliveries,
  PlatformChannels,
} from './channels.ts'
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

/** A call that reserves its amounts. `expiresInMs` sets how long. */
export type Reservation = Call & { readonly expiresInMs?: number }

export interface RecordOptions extends CallOptions {
  /** Accepts timestamps of any age in all events. For the administrator only. */
  readonly backfill?: boolean
}

/** A caller: a member of an organization, or the principal of a credential. */
export type Caller =
  | {
      readonly organizationId: string
      readonly role: Role
      readonly actor: string
      /** The only user whose calls are accepted. Absent: any user that a call names. */
      readonly userId?: string
    }
  | Principal

/**
 * The interface of Tollgate, the same in this process and over HTTP. Every verb takes one flat
 * object and options, checks the caller and the input, and returns plain data. Invalid input throws
 * a `TollgateError` that names the fields. A refusal by the gate is a `Decision`, never an error.
 */
export interface Tollgate extends Registries {
  /** Decides whether a call would be allowed now. Uses nothing and records nothing. */
  check(input: Call, options?: CallOptions): Promise<Decision>
  /** Decides whether a call may go ahead and records it if so, in one step. */
  track(input: Call, options?: CallOptions): Promise<Replayable<Decision>>
  /** Reserves an estimate before work whose true cost is known only afterwards. */
  reserve(input: Reservation, options?: CallOptions): Promise<Hold | HoldRefused>
  /** Extends a reservation by id: holds more, or for longer. */
  extend(
    input: OfOrganization & { readonly reservationId: string } & Extension,
    options?: CallOptions,
  ): Promise<Replayable<ReservationDecision>>
  /**
   * Settles a reservation by id: records the used amounts and releases the rest. Without amounts,
   * records the held amounts, marked `estimated`. A repeated call returns the first result.
   */
  settle(
    input: OfOrganization & { readonly reservationId: string } & HoldSettlement,
    options?: CallOptions,
  ): Promise<Replayable<ReservationState>>
  /** Releases a whole reservation by id. */
  release(
    input: OfOrganization & { readonly reservationId: string },
    options?: CallOptions,
  ): Promise<Replayable<ReservationState>>
  /**
   * Records use that has already happened, up to 1,000 events at a time. Resolves after the commit.
   */
  record(input: Call | readonly Call[], options?: RecordOptions): Promise<RecordResult>
  /** Reverses an event. A new event with negated amounts counts in the same windows. */
  reverse(
    input: OfOrganization & { readonly eventId: string; readonly reason: string },
    options?: CallOptions,
  ): Promise<Replayable<Reversed>>
  /** Explains a decision of `track`, `reserve` or `extend`. */
  explain(
    input: OfOrganization & { readonly decisionId: string },
    options?: CallOptions,
  ): Promise<Explanation>
  /**
   * Reserves `call`, runs `work`, and settles with the usage from `hold.used(…)` or
   * `usageOf(result)`. A stream, an async iterable or a `Response` is passed through, and settled
   * when it ends, fails or is abandoned.
   *
   * @throws TollgateRefusal when the gate refuses; `work` is not run then.
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
  /** Returns the same interface for another caller, bound to their organization and rights. */
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
  readonly channelDeliveries: ChannelDeliveries
  readonly platformChannels: PlatformChannels
  readonly platformChannelDeliveries: PlatformChannelDeliveries
  readonly catalog: CatalogVerbs
  readonly jobs: Jobs
  readonly workflows: Workflows
  readonly system: System
}

/** The verbs that can take part in a transaction of the caller. */
export type TollgateWithin = Pick<
  Tollgate,
  'check' | 'track' | 'record' | 'reserve' | 'extend' | 'settle' | 'release'
>

/** Verbs that only the engine's own process has, beside the operations. */
export interface TollgateAdmin {
  /** Creates an administrator's key. Only this answer contains `key`. */
  createAdminKey(input: ApiKeyCreateInput): Promise<ApiKeyCreated>
  /** Closes all periods that are over, without collecting anything. */
  closePeriods(options?: BillingRunOptions): Promise<OverageReport>
  /** Recomputes roll-ups, buckets and holds from raw events, and returns every difference. */
  aggregate(range?: { from?: Date; to?: Date; repair?: boolean }): Promise<{
    from: Date
    to: Date
    events: bigint
    differences: readonly UsageDifference[]
  }>
  /** Applies retention now. */
  cleanup(): Promise<{ droppedPartitions: number; forgottenIds: bigint }>
  /**
   * Sends every message to endpoints and channels that is due now, and waits for the answers. For
   * tests and for your own jobs. Requires the option `webhooks` or `mail`.
   */
  sendDeliveries(): Promise<void>
  /**
   * Runs every workflow step that is due now, and waits for it. For tests and for your own jobs.
   * Requires the option `workflows`.
   */
  runWorkflows(): Promise<void>
  readonly audit: AuditAdmin
}

/** The engine in this process. */
export interface TollgateEngine extends Tollgate {
  readonly admin: TollgateAdmin
  /**
   * Queues use, to be recorded in a batch: after 5 seconds, or at 100 events if a quarter of a
   * second has passed since the last batch. Resolves when it is in the queue. A full queue makes
   * callers wait.
   * With a journal, the use is on disk by then and survives a crash of the process or the machine.
   * Without one, a crash loses the queue. `close()` writes the queue first.
   */
  enqueue(input: Call, options?: CallOptions): Promise<void>
  /**
   * Runs the gate and the ledger inside the caller's transaction, so that their writes commit or
   * roll back with the caller's rows. `transaction` is a `pg` client after `begin`, or a
   * transaction of Drizzle, Kysely or Prisma. Each verb costs about one statement. The
   * organization's lock is held until the transaction ends and blocks its other calls, so keep such
   * transactions short.
   */
  within(transaction: CallerTransaction): TollgateWithin
  /** Writes the whole queue and waits for it. */
  flush(): Promise<void>
  /** Resolves when the store is reachable. Rejects within a second when it is not. */
  ready(): Promise<void>
  /**
   * Closes the engine: refuses new work, writes accepted work, then closes the store. If the store
   * is unreachable, unwritten work stays in the journal for the next start.
   */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export type { UsageDifference }
