import type { StripeAccount } from '../contract/stripe-account.ts'
import type { Database } from '../storage/database.ts'
import type { NodeOfStore } from '../storage/gate/usage.ts'
import type { AuditQueue } from './audit/audit-queue.ts'
import type { SigningKeys } from './authentication/signing-keys.ts'
import type { CatalogBook } from './catalog/catalog-book.ts'
import type { ChannelSettings } from './channels/channel-settings.ts'
import type { Clock } from './clock.ts'
import type { Account } from './counters/account.ts'
import type { Accounts } from './counters/accounts.ts'
import type { LeaseBook } from './counters/lease-book.ts'
import type { Recalls } from './counters/recalls.ts'
import type { SharedCounters } from './counters/shared-counters.ts'
import type { Gate } from './gate/gate.ts'
import type { OwnReservations } from './gate/own-reservations.ts'
import type { PlainCallsByType } from './gate/plain-calls.ts'
import type { UnknownNames } from './gate/unknown-names.ts'
import type { StoreGuard } from './group-commit/store-guard.ts'
import type { JobBook } from './jobs/job-book.ts'
import type { Schedules } from './jobs/job-table.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { ModelCosts } from './ledger/model-cost-of-event.ts'
import type { Recorder } from './ledger/recorder.ts'
import type { Log } from './options.ts'
import type { ReportCaches } from './reports/report-caches.ts'
import type { Metering } from './stripe/stripe-settings.ts'
import type { Measures } from './telemetry/measures.ts'
import type { KeyRing } from './tenancy/key-ring.ts'
import type { MemberDirectory } from './tenancy/member-directory.ts'
import type { OrganizationDirectory } from './tenancy/organization-directory.ts'
import type { Outbound } from './webhooks/outbound-rules.ts'
import type { WorkflowBook } from './workflows/workflow-book.ts'

/**
 * What every verb of the engine may use. `createTollgate` makes one, and `within` one for each
 * caller's transaction.
 */
export interface Context {
  readonly db: Database
  readonly clock: Clock
  readonly ids: () => string
  /** This process, among those that share the store. */
  readonly node: NodeOfStore
  readonly log: Log
  readonly catalog: CatalogBook
  readonly organizations: OrganizationDirectory
  readonly keys: KeyRing
  readonly signingKeys: SigningKeys
  readonly members: MemberDirectory
  readonly modelCosts: ModelCosts
  readonly gate: Pick<Gate, 'decide' | 'settle' | 'extend'>
  readonly ledger: Pick<Ledger, 'record' | 'add'>
  /** The queue of decided or known events, which are written in batches. */
  readonly recorder: Pick<Recorder, 'put' | 'flush' | 'length' | 'isJournaled'>
  /** Frequent audit entries, which are written in batches. */
  readonly auditQueue: Pick<AuditQueue, 'add' | 'flush'>
  readonly guard: Pick<StoreGuard, 'run'>
  readonly accounts: Accounts
  /** Undefined if nothing is decided on leases. */
  readonly leases: LeaseBook | undefined
  /** How calls that need no look at the store are priced. */
  readonly plainCalls: WeakMap<Account, PlainCallsByType>
  /** The counters in Redis; undefined if there is no Redis. */
  readonly shared: SharedCounters | undefined
  readonly unknownNames: Pick<UnknownNames, 'note'>
  readonly recalls: Pick<Recalls, 'send'>
  /** Drops an organization and its limits from the cache after a change. */
  readonly forgetOrganization: (id: string) => void
  readonly forgetOrganizations: () => void
  /** The jobs that run by themselves. */
  readonly jobs: JobBook
  /** The workflows that this process can execute. */
  readonly workflows: WorkflowBook
  /** The caches of the reports. */
  readonly reports: ReportCaches
  readonly counters: Counters
  /** Records how long things took. */
  readonly measures: Measures
  /** The time limit for the store in decisions. */
  readonly storeTimeoutMs: number
  /** The time limit for the store in calls other than decisions. */
  readonly callTimeoutMs: number
  readonly reservationExpiresInMs: number
  readonly billing: {
    /** How long a period waits for late events after its end. */
    readonly graceMs: number
    /** Earlier periods were billed elsewhere. */
    readonly since: Date | undefined
    readonly schedule: string | undefined
    /** Undefined if invoices are made but not collected. */
    readonly collector: StripeAccount | undefined
    readonly createsCustomers: boolean
    /** Undefined if overage is collected as it is priced here. */
    readonly metering: Metering | undefined
  }
  /** How people are notified by mail and Slack. */
  readonly channels: ChannelSettings
  /** The rules for sending to URLs that others have named. */
  readonly outbound: Outbound
  readonly ownReservations: OwnReservations
  /** The schedules that differ from the table of jobs. */
  readonly schedules: Schedules
  readonly retention: {
    readonly eventsDays: number
    readonly idsDays: number
    readonly auditDays: number
    readonly domainEventsDays: number
  }
}

/** Counters since the start. The engine keeps no other numbers. */
interface Counters {
  eventsRecorded: number
  eventsDuplicate: number
  eventsRejected: number
  eventsUnpriced: number
  /** Decisions by how they were made. A decision on leases is never a refusal. */
  leasedAllowed: number
  strictAllowed: number
  strictRefused: number
  /** Decisions by the failure policies of the limits, while the store was away. */
  withoutStoreAllowed: number
  withoutStoreRefused: number
  stripeEvents: number
  stripeEventsRepeated: number
  stripeMeterErrors: number
}
