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

/** A built-in catalog by name, a document, or a document with its origin (a file's path). */
export type CatalogSource =
  | string
  | CatalogInput
  | { readonly document: CatalogInput; readonly origin: string }

/** Receives what the engine reports outside of any call. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface TollgateOptions {
  /**
   * A folder for the embedded database (which this process then owns), the URL of a PostgreSQL, or
   * `'memory'` for a database that ends with the process. Default: `{ folder: '.tollgate' }`.
   */
  readonly database?:
    | 'memory'
    | { readonly folder: string }
    | { readonly url: string; readonly poolSize?: number }
  /**
   * Default: the three built-in catalogs. What is in the database wins over a file that has not
   * changed.
   */
  readonly catalogs?: readonly CatalogSource[]
  /**
   * Prices that win over the catalogs' and the price library's. The provider `*` stands for any.
   */
  readonly modelPrices?: readonly ModelPrice[]
  readonly recorder?: {
    /**
     * Queued events are written as soon as this many wait. Default 100, but then at most four times
     * a second, as long as no more than 1,000 wait.
     */
    readonly flushAt?: number
    /** `enqueue` writes at the latest after this long. Default 5,000. */
    readonly flushAfterMs?: number
    /** How many events may wait before callers must. Default 100,000, some 50 MB. */
    readonly capacity?: number
    /**
     * The most events in one statement. Default 4,000. Larger batches touch fewer roll-up rows per
     * event.
     */
    readonly maxBatch?: number
    /** Batches under way at once on PostgreSQL, each for organizations of its own. Default 2. */
    readonly lanes?: number
  }
  /**
   * A folder on a local disk for what is answered before it is in the database. It holds decisions
   * on leases, decisions without the store, and enqueued events, until they are in the database.
   *
   * Processes may share it. If one is killed, its entries are recorded once, by the next process
   * that starts or by another that runs.
   *
   * `maxBytes` limits what waits in it, by default 256 MiB; beyond that, calls go to the database.
   * Default: `journal` in the folder of the embedded database; with a PostgreSQL or in memory,
   * none. `false`: none.
   */
  readonly journal?: false | { readonly dir?: string; readonly maxBytes?: number }
  /**
   * How limits are decided that have no setting of their own. `strict` (the default) commits each
   * decision before the answer. `leased` decides in microseconds from blocks that were granted to
   * this process before, and records afterwards. Both are exact.
   */
  readonly decide?: 'strict' | 'leased'
  /**
   * A Redis, or a Redis Cluster, that all processes on this database use. It decides rate limits
   * and quotas that are not `durable`, do not count credits and have no cap. Every process must
   * have it.
   */
  readonly redis?: { readonly url: string; readonly timeoutMs?: number }
  /**
   * How long a decision waits for its store. After that, each limit's failure policy applies.
   * Default 2,000, and 30,000 on the embedded database.
   */
  readonly storeTimeoutMs?: number
  /**
   * How long any other call waits for its store. After that it is refused as `unavailable`, and may
   * have been executed all the same. Work of the platform over all organizations has a longer
   * limit. Default 10,000, and 30,000 on the embedded database.
   */
  readonly callTimeoutMs?: number
  readonly retention?: {
    /** Raw events. Default 30. They are deleted by the week, so up to 6 days later. */
    readonly eventsDays?: number
    /** Idempotency keys; at least 65. Default 65. */
    readonly idsDays?: number
    /** Entries of the audit log. Default 731, two years. */
    readonly auditDays?: number
    /** Domain events and their deliveries. Default 90. */
    readonly domainEventsDays?: number
  }
  /** How long a hold lasts if the caller does not say. Default 600,000. */
  readonly reservationExpiresInMs?: number
  readonly billing?: {
    /** How long a period waits for late events after its end. Default 3,600,000. */
    readonly graceMs?: number
    /** Periods that ended before this instant were billed elsewhere. Default: none were. */
    readonly since?: Date
    /**
     * When periods are closed and collected automatically, as a cron expression in UTC, such as
     * `5 * * * *`, five past each hour. One of all processes does it. Default: never; then call
     * `billing.run`.
     */
    readonly schedule?: string
  }
  /**
   * When the other shared jobs run automatically, as cron expressions in UTC; null: never. Default:
   * `apply-retention` at `10 3 * * *`, and no other.
   */
  readonly schedules?: Schedules
  /**
   * Sends events to endpoints from this process; `{}` is enough. Without it, events and endpoints
   * are stored, and another process on the same database sends them, such as `tollgate start`.
   */
  readonly webhooks?: WebhookSettings
  /**
   * How this process sends mail. With it, this process also sends to channels and endpoints, as
   * with `webhooks`.
   */
  readonly mail?: MailSettings
  /**
   * The public URL of this Tollgate, with the path of its handler, such as
   * `https://billing.example.com`. It is used for links in messages. Without it there are none.
   */
  readonly publicUrl?: string
  /**
   * Workflows that this process executes: the results of `defineWorkflow()` and
   * `trialOnboarding()`. If a name has several versions, new runs use the first, and runs of the
   * others continue to their end. Default: none; runs of other workflows are left alone.
   */
  readonly workflows?: readonly WorkflowDefinition[]
  /** Where overage is collected. Without it, invoices are only made and stored here. */
  readonly stripe?: StripeSettings
  /**
   * A changed catalog takes effect after this long even if no notification arrives. Default
   * 300,000.
   */
  readonly catalogTtlMs?: number
  readonly clock?: Clock
  /** Returns unique ids as UUIDs; version 7 by default. */
  readonly ids?: () => string
  /**
   * Default: none. Only a call with an unknown event type or organization is then a warning on the
   * console, once a minute for each name.
   */
  readonly log?: Log
  /**
   * Receives unexpected errors and where they occurred, for Sentry and similar. They come from the
   * handler's answers with status 500, jobs, deliveries and background work.
   */
  readonly onError?: OnError
}

/** A document that is not validated yet. */
export interface FoundDocument {
  readonly document: unknown
  readonly origin: string
}

/** The options of the engine itself. The database may be open already. */
export interface EngineOptions extends Omit<TollgateOptions, 'database' | 'catalogs' | 'journal'> {
  readonly journal?: false | Partial<JournalSettings>
  readonly database?: TollgateOptions['database'] | Database
  readonly catalogs?: readonly (CatalogSource | FoundDocument)[]
  /** Its workflows can be started here, and other processes execute them. */
  readonly onlyStartsWorkflows?: boolean
  /** Refuses a place without a Tollgate database, and creates nothing there. */
  readonly mustExist?: boolean
}
