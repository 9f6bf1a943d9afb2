import type { StripeAccount } from '../contract/stripe-account.ts'
import type { Database } from '../storage/database.ts'
import { levelsOf, seeNode } from '../storage/gate/leases.ts'
import type { UsageItem } from '../storage/usage-batch.ts'
import { AuditQueue } from './audit/audit-queue.ts'
import { SigningKeys } from './authentication/signing-keys.ts'
import { CatalogBook } from './catalog/catalog-book.ts'
import { channelSettingsOf } from './channels/channel-settings.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Context } from './context.ts'
import { keyInAnyRegime } from './counters/account.ts'
import { Accounts } from './counters/accounts.ts'
import { readCounterKey } from './counters/authority/counter-key.ts'
import { openDatabaseAuthority } from './counters/authority/database/open.ts'
import { LeaseBook } from './counters/lease-book.ts'
import { Recalls } from './counters/recalls.ts'
import { Refills } from './counters/refills.ts'
import { SharedCounters } from './counters/shared-counters.ts'
import { Gate } from './gate/gate.ts'
import { OwnReservations } from './gate/own-reservations.ts'
import { UnknownNames } from './gate/unknown-names.ts'
import { lockWaits } from './group-commit/lock-waits.ts'
import { StoreGuard } from './group-commit/store-guard.ts'
import { createIds } from './ids.ts'
import { schedulesOf } from './jobs/given-schedules.ts'
import { JobBook } from './jobs/job-book.ts'
import { Ledger } from './ledger/ledger.ts'
import { ModelCosts } from './ledger/model-cost-of-event.ts'
import type { Partitions } from './ledger/partitions.ts'
import { Recorder } from './ledger/recorder.ts'
import type { EngineOptions, Log } from './options.ts'
import { readingOf } from './reading-context.ts'
import { createReportCaches } from './reports/report-caches.ts'
import { meteringOf } from './stripe/stripe-settings.ts'
import { createMeasures, type Measures } from './telemetry/measures.ts'
import { KeyRing } from './tenancy/key-ring.ts'
import { MemberDirectory } from './tenancy/member-directory.ts'
import {
  type OrganizationDirectory,
  organizationDirectory,
} from './tenancy/organization-directory.ts'
import { callTimeoutMs } from './verb-deadline.ts'
import { outboundOf } from './webhooks/outbound-rules.ts'
import { WorkflowBook } from './workflows/workflow-book.ts'

/** The context, with the parts that must be closed with it. */
export interface RunningContext extends Context {
  readonly auditQueue: AuditQueue
  readonly gate: Gate
  readonly ledger: Ledger
  readonly recorder: Recorder
  readonly leases: LeaseBook
  readonly recalls: Recalls
}

const STORE_TIMEOUT_MS = 2_000
/** The embedded database runs one statement at a time, and a large batch takes long. */
const EMBEDDED_TIMEOUT_MS = 30_000
/** The most of a limit that the death of processes may cost, all of them together. */
const SHARE_ON_LEASE = 0.01
/** The queue is written at this many events. */
const FLUSH_AT = 100
/** While the queue pauses after a write, it is written only at this many. */
const FLUSH_AT_MOST = 1_000

/** Logs nothing. */
export const silent: Log = { info: () => {}, warn: () => {}, error: () => {} }

interface Given {
  /** Receives calls that name an unknown event type or organization. The log by default. */
  readonly typingErrors?: Pick<Log, 'warn'>
  readonly collector?: StripeAccount | undefined
  readonly measures?: Measures
}

export const createContext = async (
  db: Database,
  partitions: Partitions,
  options: EngineOptions,
  storeId: string | undefined,
  { typingErrors, collector, measures = createMeasures() }: Given = {},
): Promise<RunningContext> => {
  const clock = options.clock ?? systemClock
  const log = options.log ?? silent
  const { maxBatch = 4_000, capacity = 100_000 } = options.recorder ?? {}
  // The embedded database runs one statement at a time: more lanes would only make smaller batches.
  const lanes = db.kind === 'pglite' ? 1 : (options.recorder?.lanes ?? 2)
  const makeId = createIds()
  const ids = options.ids ?? makeId
  const node = { id: makeId(), hasRedis: options.redis !== undefined }
  const writing = { db, node, clock, partitions, lanes, maxBatch, capacity }
  const organizations = organizationDirectory(db, clock)
  const { authorities, ...leasing } = await createLeasing({
    db,
    node: node.id,
    clock,
    log,
    organizations,
    options,
    storeId,
    // Decisions and events of this process must reach the store or Redis before anybody reads
    // limits.
    settled: async (organizationId) => {
      await recorder.flush()
      await ctx.shared?.told(organizationId)
    },
  })
  const { shared } = leasing
  const catalog = new CatalogBook({ db, log, clock, ttlMs: options.catalogTtlMs ?? 300_000 })
  const onRecorded = shared && ((item: UsageItem) => void shared.happened(item))
  const ctx: RunningContext = {
    db,
    clock,
    log,
    ids,
    auditQueue: new AuditQueue({ db, clock, log }),
    node,
    catalog,
    unknownNames: new UnknownNames({ db, catalog, clock, log: typingErrors ?? log }),
    organizations,
    keys: new KeyRing(db, clock),
    signingKeys: new SigningKeys(db, clock, ids),
    members: new MemberDirectory(db, clock),
    modelCosts: new ModelCosts(options.modelPrices ?? []),
    jobs: new JobBook(clock),
    workflows: new WorkflowBook(options.workflows ?? []),
    gate: new Gate(writing),
    ledger: new Ledger({ ...writing, onRecorded }),
    guard: new StoreGuard(clock, storeTimeoutMs(db, options)),
    ...leasing,
    plainCalls: new WeakMap(),
    // A getter, since the recorder is made with the context whose events it prepares.
    get recorder() {
      return recorder
    },
    // A getter for the same reason: the verbs compute what the reports cache.
    get reports() {
      return reports
    },
    recalls: new Recalls({
      authorities,
      clock,
      log,
      answer: async (organizationId) => {
        if (organizationId === undefined) await leasing.leases.giveBackAll()
        else if (await leasing.leases.recalled(organizationId)) await recorder.flush()
      },
    }),
    forgetOrganization: (id) => {
      organizations.forget(id)
      leasing.leases.forget(id)
    },
    forgetOrganizations: () => {
      organizations.forgetAll()
      leasing.leases.forgetAll()
    },
    counters: {
      eventsRecorded: 0,
      eventsDuplicate: 0,
      eventsRejected: 0,
      eventsUnpriced: 0,
      leasedAllowed: 0,
      strictAllowed: 0,
      strictRefused: 0,
      withoutStoreAllowed: 0,
      withoutStoreRefused: 0,
      stripeEvents: 0,
      stripeEventsRepeated: 0,
      stripeMeterErrors: 0,
    },
    measures,
    channels: channelSettingsOf(options),
    outbound: outboundOf(options.webhooks, options.mail !== undefined),
    ownReservations: new OwnReservations(),
    storeTimeoutMs: storeTimeoutMs(db, options),
    callTimeoutMs: callTimeoutMs(db, options.callTimeoutMs),
    reservationExpiresInMs: options.reservationExpiresInMs ?? 600_000,
    billing: {
      graceMs: options.billing?.graceMs ?? 3_600_000,
      since: options.billing?.since,
      schedule: options.billing?.schedule,
      collector,
      createsCustomers: options.stripe?.createCustomers ?? false,
      metering: meteringOf(options.stripe),
    },
    schedules: schedulesOf(options.schedules),
    retention: {
      eventsDays: options.retention?.eventsDays ?? 30,
      idsDays: options.retention?.idsDays ?? 65,
      auditDays: options.retention?.auditDays ?? 731,
      domainEventsDays: options.retention?.domainEventsDays ?? 90,
    },
  }
  const recorder = new Recorder(ctx, {
    flushAt: options.recorder?.flushAt ?? FLUSH_AT,
    flushAtMost: options.recorder?.flushAt ?? FLUSH_AT_MOST,
    flushAfterMs: options.recorder?.flushAfterMs ?? 5_000,
    capacity,
  })
  const reports = createReportCaches(readingOf(ctx))
  return ctx
}

const createLeasing = async (parts: {
  db: Database
  node: string
  clock: Clock
  log: Log
  organizations: OrganizationDirectory
  options: EngineOptions
  storeId: string | undefined
  settled: (organizationId: string) => Promise<void>
}) => {
  const { db, node, clock, log, organizations, options, storeId, settled } = parts
  // An embedded database has only one owner, which reclaims all leases when it opens.
  const share = db.kind === 'pglite' ? 1 : SHARE_ON_LEASE
  const database = openDatabaseAuthority({ db, node, clock, share })
  const redis =
    options.redis && (await openRedis({ ...options.redis, storeId }, db, node, clock, settled))
  const mode = options.decide ?? 'strict'
  const accounts = new Accounts({
    db,
    clock,
    organizations,
    authorities: { database, redis },
    mode,
  })
  const guard = new StoreGuard(clock, storeTimeoutMs(db, options))
  // Redis comes first. Units that it granted before the database refuses stay on lease here, and
  // are still useful.
  const redisGuard = redis && new StoreGuard(clock, storeTimeoutMs(db, options))
  const guards = new Map([
    ...(redis && redisGuard ? [[redis, redisGuard] as const] : []),
    [database, guard],
  ])
  const refills = new Refills({ clock, guards, locks: lockWaits(db) })
  const beAlive = () => seeNode(db, node, clock.now())
  const leases = new LeaseBook({ clock, log, accounts, refills, beAlive })
  const shared =
    redis && redisGuard
      ? new SharedCounters({ redis, db, clock, log, accounts, guard: redisGuard })
      : undefined
  return { accounts, leases, shared, authorities: [...guards.keys()] }
}

/** Lost counters are restored from the ledger. The Redis client is loaded only here. */
const openRedis = async (
  options: NonNullable<EngineOptions['redis']> & { storeId: string | undefined },
  db: Database,
  node: string,
  clock: Clock,
  settled: (organizationId: string) => Promise<void>,
) => {
  const { openRedisAuthority } = await import('./counters/authority/redis/open.ts')
  return openRedisAuthority({
    url: options.url,
    node,
    clock,
    // Two databases may share a Redis, and have organizations with the same id.
    keyPrefix: `tollgate:${options.storeId}`,
    ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
    // Redis and the leases use one clock: the database's, or the one that was given.
    time: () => clock.now().getTime(),
    seed: async (organizationId, counters) => {
      await settled(organizationId)
      return levelsOf(
        db,
        organizationId,
        counters.map(({ key }) => readCounterKey(keyInAnyRegime(key))),
      )
    },
  })
}

const storeTimeoutMs = (db: Database, { storeTimeoutMs: given }: EngineOptions): number =>
  given ?? (db.kind === 'pglite' ? EMBEDDED_TIMEOUT_MS : STORE_TIMEOUT_MS)
