import { uuidv7 } from 'uuidv7'
import type { EngineStatistics } from '../contract/engine-statistics.ts'
import { TollgateError } from '../contract/errors.ts'
import type { StripeAccount } from '../contract/stripe-account.ts'
import type { TollgateEngine } from '../contract/tollgate.ts'
import type { Database } from '../storage/database.ts'
import { ensureStoreId, reclaimLeases } from '../storage/gate/leases.ts'
import { migrate, refuseUnmade } from '../storage/migrate.ts'
import { openPglite } from '../storage/pglite/open.ts'
import { LOCK_WAIT_MS, openPostgres } from '../storage/postgres/open.ts'
import { createRowShapes } from '../storage/row-shapes.ts'
import { auditAdmin } from './audit-log/audit-admin.ts'
import { endSession, endSessionsOf, getSession, openSession } from './authentication/sessions.ts'
import { rotateSigningKeys } from './authentication/signing-keys.ts'
import { checkedOptions } from './callers.ts'
import { loadCatalogFile } from './catalog/load-catalog-file.ts'
import { readUnsubscribe, resubscribe, unsubscribe } from './channels/unsubscribing.ts'
import { clockTimers, systemClock } from './clock.ts'
import type { Context } from './context.ts'
import { createContext, type RunningContext, silent } from './create-context.ts'
import { createEntry, type Entry, type Verb } from './entry.ts'
import { announcedLimits } from './gate/announced-limits.ts'
import { failurePolicy } from './gate/failure-policy.ts'
import { builtInCatalogs } from './generated/catalogs.ts'
import { isOfStore, storeUnavailable } from './group-commit/store-guard.ts'
import { closePeriods } from './jobs/process-overage.ts'
import { startSchedules } from './jobs/schedules.ts'
import { cleanup, partitionsAhead, startUpkeep } from './jobs/upkeep.ts'
import { journalSettings, openJournal, type RunningJournal } from './journal/open-journal.ts'
import { aggregate } from './ledger/aggregate.ts'
import { Partitions } from './ledger/partitions.ts'
import { libraryOf, settlementsOf } from './library.ts'
import type { OpenVerb } from './open-verb.ts'
import type { CatalogSource, EngineOptions, FoundDocument, Log } from './options.ts'
import { platformTrack } from './platform-track.ts'
import { PLUMBING, type Plumbing } from './plumbing.ts'
import { readingOf } from './reading-context.ts'
import { cachedEtag } from './reports/cached-etag.ts'
import { liveWithBeats } from './reports/live-feeds.ts'
import { sharedConnections } from './shared-connections.ts'
import { startDispatching } from './start-dispatching.ts'
import { startWorkflows } from './start-workflows.ts'
import { type StoreClock, storeClock } from './store-clock.ts'
import { StoreHealth } from './store-health.ts'
import {
  createErrorReporter,
  type ErrorReporter,
  reportingLog,
} from './telemetry/error-reporter.ts'
import { createMeasures } from './telemetry/measures.ts'
import { startMeters } from './telemetry/meters.ts'
import { observedStripe } from './telemetry/observed-stripe.ts'
import { storeFigures } from './telemetry/store-figures.ts'
import { tracedDatabase } from './telemetry/traced-database.ts'
import { namesOfOrganizations } from './tenancy/names-of.ts'
import { createAdminKey } from './tenancy/platform-keys.ts'
import { verbs } from './verbs.ts'
import { watchChanges } from './watch-changes.ts'
import { within } from './within.ts'

/** Opens an engine. Its public form is `createTollgate` of the root door. */
export const createTollgate = async (options: EngineOptions = {}): Promise<TollgateEngine> => {
  const { database = { folder: '.tollgate' } } = options
  const ownClock = options.clock ?? systemClock
  const measures = createMeasures()
  const errors = createErrorReporter(options.onError, ownClock, options.log ?? silent, measures)
  const log = reportingLog(options.log ?? silent, errors)
  const health = new StoreHealth({ clock: ownClock, log })
  const db = tracedDatabase(health.watched(await openDatabase(database, options)))
  let ctx: RunningContext | undefined
  let journal: RunningJournal | undefined
  try {
    if (options.mustExist) await refuseUnmade(db)
    await migrate(db)
    const partitions = new Partitions(db)
    const journaling = journalSettings(options)
    const storeId = options.redis || journaling ? await ensureStoreId(db, uuidv7()) : undefined
    // Several processes share a PostgreSQL, so its time is used by all, unless a clock is given.
    const clock = db.kind === 'postgres' && !options.clock ? await storeClock(db) : undefined
    const given = { ...options, log, ...(clock && { clock }) }
    const collector = await collectorOf(given)
    ctx = await createContext(db, partitions, given, storeId, {
      ...(options.log === undefined && { typingErrors: onConsole }),
      measures,
      collector: collector && observedStripe(collector, measures),
    })
    await partitions.ensure(partitionsAhead(ctx.clock.now()))
    for (const source of options.catalogs ?? Object.keys(builtInCatalogs)) {
      await loadSource(ctx, source)
    }
    await ctx.catalog.refresh()
    // Before all else, while the limits of leased decisions are still debited.
    if (journaling && storeId) journal = await openJournal(ctx, partitions, journaling, storeId)
    // An embedded database has one owner at a time, so no other process has leases now.
    if (db.kind === 'pglite') await reclaimLeases(db, ctx.node.id)
    const { onlyStartsWorkflows = false } = options
    const parts = { partitions, health, clock, journal, errors, onlyStartsWorkflows }
    return await startEngine(ctx, parts)
  } catch (error) {
    await journal?.close().catch(() => {})
    // If the start fails, close what was opened: a connection to Redis would keep the process
    // alive.
    await ctx?.recalls.close().catch(() => {})
    await db.close().catch(() => {})
    throw error
  }
}

/** A host that sets no log must still see the errors in its own code. */
const onConsole: Pick<Log, 'warn'> = {
  warn: (_, message) => console.warn(`tollgate: ${message}`),
}

/** Loaded only if configured: the SDK is as large as all the rest. */
const collectorOf = async ({
  stripe,
  clock = systemClock,
}: EngineOptions): Promise<StripeAccount | undefined> => {
  if (!stripe) return undefined
  const { openStripe } = await import('../connectors/stripe/open.ts')
  return openStripe(stripe, clock.now)
}

const openDatabase = (
  database: NonNullable<EngineOptions['database']>,
  { callTimeoutMs, mustExist = false, storeTimeoutMs }: EngineOptions,
): Promise<Database> | Database => {
  if (database === 'memory') return openPglite()
  if ('folder' in database) return openPglite({ folder: database.folder, create: !mustExist })
  if (!('url' in database)) return database
  const reading = callTimeoutMs === undefined ? {} : { readTimeoutMs: callTimeoutMs }
  if (storeTimeoutMs === undefined) return openPostgres({ ...database, ...reading })
  // Well within the store's time limit, so the answer names the lock and not an unreachable store.
  const lockWaitMs = Math.min(Math.ceil(storeTimeoutMs / 2), LOCK_WAIT_MS)
  return openPostgres({ ...database, ...reading, lockWaitMs })
}

const loadSource = async (ctx: Context, source: CatalogSource | FoundDocument): Promise<void> => {
  if (typeof source !== 'string') {
    return 'document' in source
      ? loadCatalogFile(ctx, source.document, source.origin)
      : loadCatalogFile(ctx, source, 'code')
  }
  const document = builtInCatalogs[source]
  if (document === undefined) {
    const names = Object.keys(builtInCatalogs).join(', ')
    throw new TollgateError('unprocessable', {
      detail: `there is no built-in catalog "${source}" (${names})`,
    })
  }
  await loadCatalogFile(ctx, document, `built-in ${source}`)
}

interface Started {
  readonly partitions: Partitions
  readonly health: StoreHealth
  readonly clock: StoreClock | undefined
  readonly journal: RunningJournal | undefined
  readonly errors: ErrorReporter
  readonly onlyStartsWorkflows: boolean
}

const startEngine = async (ctx: RunningContext, started: Started): Promise<TollgateEngine> => {
  const { partitions, health, clock, journal, errors, onlyStartsWorkflows } = started
  const stopWatching = await watchChanges(ctx)
  const shapes = createRowShapes()
  const stopUpkeep = startUpkeep(ctx, clock)
  const stopSchedules = startSchedules(ctx, partitions)
  const dispatching = await startDispatching(ctx)
  ctx.catalog.start()
  const { recorder, leases, reports } = ctx
  /** Writes all queues, and releases all leases. */
  const flush = async () => {
    await recorder.flush()
    await leases.giveBackAll()
    await ctx.auditQueue.flush()
  }
  let closing: Promise<void> | undefined
  let isShut = false
  /** All that was accepted is written before the store is closed. */
  const shutDown = async () => {
    isShut = true
    stopMeters()
    reports.feeds.close()
    ctx.catalog.stop()
    await stopSchedules()
    await working?.stop()
    await dispatching?.stop()
    await ctx.jobs.close()
    await stopUpkeep()
    // A run that was being taken over until then is given back too.
    await ctx.jobs.close()
    await recorder.close()
    await Promise.all([ctx.gate.drain(), ctx.ledger.drain()])
    await leases.close()
    await ctx.shared?.drain()
    await ctx.auditQueue.close()
    await ctx.keys.writeUses()
    await stopWatching()
    await journal?.close()
    await ctx.db.close()
  }
  const statistics = (): EngineStatistics => ({
    ...ctx.counters,
    batches: ctx.gate.batches + ctx.ledger.batches,
    queued: ctx.gate.queued + ctx.ledger.queued + ctx.recorder.length,
    auditDropped: ctx.auditQueue.dropped,
    journal: journal?.state(),
  })
  const stopMeters = startMeters(ctx.measures, statistics)
  const close = (): Promise<void> => {
    if (closing) return closing
    // Settlements need the engine open. Without any, calls are refused from here on.
    const isSettling = settlements.size > 0
    const settled = settlements.close()
    closing = isSettling ? settled.then(shutDown) : shutDown()
    return closing
  }
  const isClosing = () => isShut
  const open = opened(ctx, isClosing)
  const parts = {
    ctx,
    verbs: verbs as Readonly<Record<string, Verb>>,
    contextOf: sharedConnections(ctx),
  }
  const entry = createEntry({ ...parts, isClosing })
  const timers = clockTimers(ctx.clock)
  const settlements = settlementsOf({ timers, log: ctx.log })
  const working = onlyStartsWorkflows
    ? undefined
    : await startWorkflows({
        ctx,
        partitions,
        entry: createEntry({ ...parts, isClosing: () => false }),
        settlements,
      })
  const library = libraryOf({ entry, timers, log: ctx.log, settlements })
  const engine: TollgateEngine = {
    ...library,
    track: platformTrack({ ctx, isClosing, otherwise: library.track }),
    within: (transaction) => within(ctx, partitions, shapes, transaction, isClosing),
    enqueue: open((_ctx, input, options) => recorder.add(input, checkedOptions(options ?? {}))),
    flush,
    ready: () => health.ready(ctx.db),
    close,
    [Symbol.asyncDispose]: close,
    admin: {
      createAdminKey: open((_ctx, input) => createAdminKey(ctx, input)),
      closePeriods: open(closePeriods),
      aggregate: open(aggregate),
      cleanup: open(() => cleanup(ctx, partitions)),
      sendDeliveries: open(async () => {
        if (dispatching) return dispatching.finish()
        const detail = 'this process tells nobody: give it the option `webhooks` or `mail`'
        throw new TollgateError('unprocessable', { detail })
      }),
      runWorkflows: open(async () => {
        if (working) return working.finish()
        const detail = 'this process does no workflows: give it the option `workflows`'
        throw new TollgateError('unprocessable', { detail })
      }),
      audit: auditAdmin(ctx, open),
    },
  }
  return Object.assign(engine, { [PLUMBING]: plumbing(ctx, entry, open, errors, statistics) })
}

/** Binds a verb to the engine's context, and refuses it while the engine closes. */
const opened =
  (ctx: Context, isClosing: () => boolean): OpenVerb =>
  (verb) =>
  async (...args) => {
    if (isClosing()) throw new TollgateError('unavailable', { detail: 'Tollgate is closing' })
    try {
      return await verb(ctx, ...args)
    } catch (error) {
      throw isOfStore(error) ? storeUnavailable(error) : error
    }
  }

/** What the server needs in addition to the operations. */
const plumbing = (
  ctx: RunningContext,
  entry: Entry,
  open: OpenVerb,
  errors: ErrorReporter,
  statistics: () => EngineStatistics,
): Plumbing => ({
  ...entry,
  members: ctx.members,
  namesOf: open(namesOfOrganizations),
  authenticate: open((_ctx, credential: string) => ctx.keys.principal(credential)),
  signing: {
    keys: open((_ctx, purpose: string, keyId?: string) => ctx.signingKeys.of(purpose, keyId)),
    rotate: open(rotateSigningKeys),
  },
  sessions: {
    open: open(openSession),
    get: open(getSession),
    end: open(endSession),
    endAllOf: open(endSessionsOf),
  },
  unsubscribing: {
    read: open(readUnsubscribe),
    end: open(unsubscribe),
    resume: open(resubscribe),
  },
  liveWithBeats: open(liveWithBeats),
  endLive: () => ctx.reports.feeds.close(),
  announced: announcedLimits(ctx),
  onFailure: failurePolicy(ctx),
  cachedEtag: (name, input) => cachedEtag(readingOf(ctx), name, input),
  measures: ctx.measures,
  errors,
  statistics,
  storeFigures: storeFigures(ctx),
})
