import type { StripeAccount } from '../contract/stripe-account.ts'
import type { Database } from '../storage/database.ts'
import type { NodeOfStore } from '../storage/gate/usage.ts'
import type { ReportCaches } from './analytics/report-caches.ts'
import type { AuditQueue } from './audit/audit-queue.ts'
import type { SigningKeys } from './authentication/signing-keys.ts'
import type { CatalogBook } from './catalog/catalog-book.ts'
import type { ChannelSettings } from './channels/channel-settings.ts'
import type { Clock } from './clock.ts'
import type { Accounts } from './counters/accounts.ts'
import type { LeaseBook } from './counters/lease-book.ts'
import type { Recalls } from './counters/recalls.ts'
import type { SharedCounters } from './counters/shared-counters.ts'
import type { Gate } from './gate/gate.ts'
import type { OwnReservations } from './gate/own-reservations.ts'
import type { UnknownNames } from './gate/unknown-names.ts'
import type { StoreGuard } from './group-commit/store-guard.ts'
import type { JobBook } from './jobs/job-book.ts'
import type { Schedules } from './jobs/job-table.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { ModelCosts } from './ledger/model-cost-of-event.ts'
import type { Recorder } from './ledger/recorder.ts'
import type { Log } from './options.ts'
import type { Metering } from './stripe/stripe-settings.ts'
import type { Measures } from './telemetry/measures.ts'
import type { KeyRing } from './tenancy/key-ring.ts'
import type { MemberDirectory } from './tenancy/member-directory.ts'
import type { OrganizationDirectory } from './tenancy/organization-directory.ts'
import type { Outbound } from './webhooks/outbound-rules.ts'
import type { WorkflowBook } from './workflows/workflow-book.ts'

/**
 * What every verb of the engine may use. Made once, by `createTollgate`, and once for each
 * transaction of a caller, by `within`.
 */
export interface Context {
  readonly db: Database
  readonly clock: Clock
  readonly ids: () => string
  /** Names this process among those that share the store. */
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
  /** The queue of what is decided or known, and written with others. */
  readonly recorder: Pick<Recorder, 'put' | 'flush' | 'length' | 'isJournaled'>
  /** What comes in great numbers, for the audit log. */
  readonly auditQueue: Pick<AuditQueue, 'add' | 'flush'>
  readonly guard: Pick<StoreGuard, 'run'>
  readonly accounts: Accounts
  /** Undefined where nothing is decided on leases. */
  readonly leases: LeaseBook | undefined
  /** The counters that Redis owns; undefined where there is none. */
  readonly shared: SharedCounters | undefined
  readonly unknownNames: Pick<UnknownNames, 'note'>
  readonly recalls: Pick<Recalls, 'send'>
  /** Something of the organization changed: it and its limits are read again. */
  readonly forgetOrganization: (id: string) => void
  readonly forgetOrganizations: () => void
  /** What is done without being asked for. */
  readonly jobs: JobBook
  /** Which workflows this process knows. */
  readonly workflows: WorkflowBook
  /** What the reports keep between calls. */
  readonly reports: ReportCaches
  readonly counters: Counters
  /** Tells how long things took. */
  readonly measures: Measures
  /** How long a call other than a decision waits for the store. */
  readonly callTimeoutMs: number
  readonly reservationExpiresInMs: number
  readonly billing: {
    /** How long after its end a period waits for events that come late. */
    readonly graceMs: number
    /** What ended before was billed elsewhere. */
    readonly since: Date | undefined
    readonly schedule: string | undefined
    /** Undefined where invoices are made and nothing is collected. */
    readonly collector: StripeAccount | undefined
    readonly createsCustomers: boolean
    /** Undefined where overage is collected as it is priced here. */
    readonly metering: Metering | undefined
  }
  /** How people are told, by mail and by Slack. */
  readonly channels: ChannelSettings
  /** Where may be sent to that others have named. */
  readonly outbound: Outbound
  readonly ownReservations: OwnReservations
  /** Those that differ from the table of jobs. */
  readonly schedules: Schedules
  readonly retention: {
    readonly eventsDays: number
    readonly idsDays: number
    readonly auditDays: number
    readonly domainEventsDays: number
  }
}

/** Counted since the start; the only numbers that the engine keeps for itself. */
interface Counters {
  eventsRecorded: number
  eventsDuplicate: number
  eventsRejected: number
  eventsUnpriced: number
  /** Decisions by how they were made: on leases none is refused. */
  leasedAllowed: number
  strictAllowed: number
  strictRefused: number
  /** While the store was away, by the policies of the limits. */
  withoutStoreAllowed: number
  withoutStoreRefused: number
  stripeEvents: number
  stripeEventsRepeated: number
  stripeMeterErrors: number
}
