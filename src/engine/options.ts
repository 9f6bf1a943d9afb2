import type { MailSettings } from '../connectors/mail/mail-settings.ts'
import type { CatalogInput, ModelPrice } from '../contract/catalog.ts'
import type { WorkflowDefinition } from '../contract/workflow-definition.ts'
import type { Database } from '../storage/database.ts'
import type { Clock } from './clock.ts'
import type { Schedules } from './jobs/job-table.ts'
import type { JournalSettings } from './journal/open-journal.ts'
import type { StripeSettings } from './stripe/stripe-settings.ts'
import type { OnError } from './telemetry/error-reporter.ts'
import type { WebhookSettings } from './webhooks/outbound-rules.ts'

/** A built-in catalog by name, a document, or a document with where it comes from (a file's path). */
export type CatalogSource =
  | string
  | CatalogInput
  | { readonly document: CatalogInput; readonly origin: string }

/** Where the engine tells what nobody is waiting to hear. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface TollgateOptions {
  /**
   * A folder for the embedded database (this process then owns it), the URL of a PostgreSQL, or
   * `'memory'` for a database that goes with the process. Default: `{ folder: '.tollgate' }`.
   */
  readonly database?:
    | 'memory'
    | { readonly folder: string }
    | { readonly url: string; readonly poolSize?: number }
  /** Default: the three built-in catalogs. What the database already holds wins over an unchanged file. */
  readonly catalogs?: readonly CatalogSource[]
  /** Prices that win over the catalogs' and the price library's. Provider `*` is any provider. */
  readonly modelPrices?: readonly ModelPrice[]
  readonly recorder?: {
    /** `enqueue` writes as soon as so many events wait. Default 100. */
    readonly flushAt?: number
    /** `enqueue` writes at the latest after this long. Default 5,000. */
    readonly flushAfterMs?: number
    /** How many may wait before callers have to. Default 100,000, some 50 MB. */
    readonly capacity?: number
    /** The most events in one statement. Default 4,000: fewer roll-up rows are touched per event. */
    readonly maxBatch?: number
    /** Batches in flight at once on PostgreSQL, each with organizations of its own. Default 2. */
    readonly lanes?: number
  }
  /**
   * A folder on a local disk where what is answered before it is in the database is kept until it
   * is there: decisions on leases and those without the store, and what is enqueued. Processes may
   * share it. What one that was killed has left is recorded, once, by the next that starts or by
   * another that runs. `maxBytes` bounds what waits in it, by default 256 MiB; past that, calls are
   * left to the database. Default: `journal` in the folder of the embedded database; with a
   * PostgreSQL, or in memory, there is none. `false`: none.
   */
  readonly journal?: false | { readonly dir?: string; readonly maxBytes?: number }
  /**
   * How limits are decided that do not say it themselves. `strict` (the default): each decision is
   * committed before it is answered. `leased`: from blocks that this process was granted before,
   * in microseconds, and recorded afterwards. Both are exact.
   */
  readonly decide?: 'strict' | 'leased'
  /**
   * A Redis, or a Redis Cluster, that all processes on this database use: it decides rate limits
   * and quotas that are not `durable`, of no credits and under no cap. Every process must have it.
   */
  readonly redis?: { readonly url: string; readonly timeoutMs?: number }
  /**
   * A decision waits no longer for its store; then each limit's failure policy says what
   * follows. Default 2,000, and 30,000 on the embedded database.
   */
  readonly storeTimeoutMs?: number
  /**
   * Any other call waits no longer for its store, and is then refused as `unavailable`; what it
   * asked for may be done all the same. What the platform does for all organizations has longer.
   * Default 10,000, and 30,000 on the embedded database.
   */
  readonly callTimeoutMs?: number
  readonly retention?: {
    /** Raw events. Default 30; kept by the week, so up to 6 days longer. */
    readonly eventsDays?: number
    /** Idempotency keys; 65 at least. Default 65. */
    readonly idsDays?: number
    /** Entries of the audit log. Default 731, two years. */
    readonly auditDays?: number
    /** Domain events and their deliveries. Default 90. */
    readonly domainEventsDays?: number
  }
  /** How long a hold lasts when the caller does not say. Default 600,000. */
  readonly reservationExpiresInMs?: number
  readonly billing?: {
    /** How long after its end a period waits for events that come late. Default 3,600,000. */
    readonly graceMs?: number
    /** Periods that ended before it were billed elsewhere. Default: none were. */
    readonly since?: Date
    /**
     * When periods are closed and collected by themselves, as of cron in UTC, such as
     * `5 * * * *`, five past each hour: one of all processes does it. Default: never; then
     * `billing.run` does it.
     */
    readonly schedule?: string
  }
  /**
   * When the other jobs that all processes share are done by themselves, as of cron in UTC; null:
   * never. Default: `apply-retention` at `10 3 * * *`, and none of the others.
   */
  readonly schedules?: Schedules
  /**
   * Tells endpoints of events, from this process: `{}` will do. Without it events and endpoints are
   * kept, and another process on the same database sends, such as `tollgate start`.
   */
  readonly webhooks?: WebhookSettings
  /** How mail leaves this process; then it tells channels and endpoints as with `webhooks`. */
  readonly mail?: MailSettings
  /**
   * Where this Tollgate is reached, with the path that its handler is mounted at, such as
   * `https://billing.example.com`: for links in messages. Without it there are none.
   */
  readonly publicUrl?: string
  /**
   * Workflows that this process knows and does: what `defineWorkflow()` and `trialOnboarding()` give.
   * Of several versions of one name the first is started, and the others are brought to their end.
   * Default: none, and runs of others are left alone.
   */
  readonly workflows?: readonly WorkflowDefinition[]
  /** Where overage is collected. Without it invoices are made and kept here. */
  readonly stripe?: StripeSettings
  /** A changed catalog is live after this long even where nothing can notify. Default 300,000. */
  readonly catalogTtlMs?: number
  readonly clock?: Clock
  /** Unique ids as UUIDs; version 7 by default. */
  readonly ids?: () => string
  readonly log?: Log
  /**
   * Told of errors that nobody expected, and where they were met: for Sentry and the like. Answers of
   * the handler with status 500 are among them, jobs, deliveries, and what goes on in the background.
   */
  readonly onError?: OnError
}

/** A document of which nobody knows yet whether it is a catalog. */
export interface FoundDocument {
  readonly document: unknown
  readonly origin: string
}

/** What the engine itself takes: also a database that is open already. */
export interface EngineOptions extends Omit<TollgateOptions, 'database' | 'catalogs' | 'journal'> {
  readonly journal?: false | Partial<JournalSettings>
  readonly database?: TollgateOptions['database'] | Database
  readonly catalogs?: readonly (CatalogSource | FoundDocument)[]
  /** Its workflows are known, so that they can be started, and are done by other processes. */
  readonly onlyStartsWorkflows?: boolean
  /** A place without a database of ours is refused, and nothing is made there. */
  readonly mustExist?: boolean
}
