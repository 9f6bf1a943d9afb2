import { uuidv7 } from 'uuidv7'
import { TollgateError } from '../contract/errors.ts'
import type { TollgateEngine } from '../contract/tollgate.ts'
import { onChange } from '../storage/changes.ts'
import type { Database } from '../storage/database.ts'
import { DatabaseError } from '../storage/database-error.ts'
import { migrate } from '../storage/migrate.ts'
import { openPglite } from '../storage/pglite/open.ts'
import { openPostgres } from '../storage/postgres/open.ts'
import { CatalogBook } from './catalog/catalog-book.ts'
import { catalogVerbs, loadCatalogFile } from './catalog/catalog-verbs.ts'
import { eventRegistry } from './catalog/event-registry.ts'
import { modelPrices } from './catalog/model-prices.ts'
import { planRegistry } from './catalog/plan-registry.ts'
import { systemClock } from './clock.ts'
import type { Context } from './context.ts'
import { check } from './gate/check.ts'
import { current } from './gate/current.ts'
import { explain } from './gate/explain.ts'
import { extend } from './gate/extend.ts'
import { Gate } from './gate/gate.ts'
import { ModelCosts } from './gate/model-cost-of-event.ts'
import { release } from './gate/release.ts'
import { reserve } from './gate/reserve.ts'
import { settle } from './gate/settle.ts'
import { track } from './gate/track.ts'
import { builtInCatalogs } from './generated/catalogs.ts'
import { cleanup, partitionsAhead, startUpkeep } from './jobs/upkeep.ts'
import { aggregate } from './ledger/aggregate.ts'
import { Ledger } from './ledger/ledger.ts'
import { Partitions } from './ledger/partitions.ts'
import { record } from './ledger/record.ts'
import { Recorder } from './ledger/recorder.ts'
import { reverse } from './ledger/reverse.ts'
import type { CatalogSource, Log, TollgateOptions } from './options.ts'
import { createApiKey } from './tenancy/api-keys.ts'
import { KeyRing } from './tenancy/key-ring.ts'
import { overrideLimit } from './tenancy/limits.ts'
import { OrganizationDirectory } from './tenancy/organization-directory.ts'
import { createOrganization, getOrganization } from './tenancy/organizations.ts'
import { within } from './within.ts'

const READY_TIMEOUT_MS = 1_000

/**
 * Opens the engine in this process: brings the database up to date, loads the catalogs and starts
 * its upkeep. Close it with `close()` or `await using`.
 *
 * @example
 * ```ts
 * await using tollgate = await createTollgate({ database: 'memory' })
 * await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/trial' })
 * const { value } = await tollgate.track({ organizationId: 'acme', eventType: 'api_call' })
 * console.log(value.allowed) // true
 * ```
 */
export const createTollgate = async (options: TollgateOptions = {}): Promise<TollgateEngine> => {
  const db = await openDatabase(options.database ?? { folder: '.tollgate' })
  try {
    await migrate(db)
    const partitions = new Partitions(db)
    const ctx = createContext(db, partitions, options)
    await partitions.ensure(partitionsAhead(ctx.clock.now()))
    for (const source of options.catalogs ?? Object.keys(builtInCatalogs)) {
      await loadSource(ctx, source)
    }
    await ctx.catalog.refresh()
    return await startEngine(ctx, partitions, options)
  } catch (error) {
    await db.close().catch(() => {})
    throw error
  }
}

const silent: Log = { info: () => {}, warn: () => {}, error: () => {} }

const openDatabase = (
  database: NonNullable<TollgateOptions['database']>,
): Promise<Database> | Database => {
  if (database === 'memory') return openPglite()
  if ('folder' in database) return openPglite({ folder: database.folder })
  return 'url' in database ? openPostgres(database) : database
}

/** The context whose writers can be drained. */
interface RunningContext extends Context {
  readonly gate: Gate
  readonly ledger: Ledger
}

const createContext = (
  db: Database,
  partitions: Partitions,
  options: TollgateOptions,
): RunningContext => {
  const clock = options.clock ?? systemClock
  const log = options.log ?? silent
  const { maxBatch = 4_000, capacity = 10_000 } = options.recorder ?? {}
  // The embedded database runs one statement at a time: more lanes would only make smaller batches.
  const lanes = db.kind === 'pglite' ? 1 : (options.recorder?.lanes ?? 2)
  const writing = { db, clock, partitions, lanes, maxBatch, capacity }
  return {
    db,
    clock,
    log,
    ids: options.ids ?? uuidv7,
    catalog: new CatalogBook({ db, log, clock, ttlMs: options.catalogTtlMs ?? 300_000 }),
    organizations: new OrganizationDirectory(db, clock),
    keys: new KeyRing(db, clock),
    modelCosts: new ModelCosts(options.modelPrices ?? []),
    gate: new Gate(writing),
    ledger: new Ledger(writing),
    counters: {
      eventsRecorded: 0,
      eventsDuplicate: 0,
      eventsRejected: 0,
      eventsUnpriced: 0,
      decisionsAllowed: 0,
      decisionsRefused: 0,
    },
    reservationExpiresInMs: options.reservationExpiresInMs ?? 600_000,
    retention: {
      eventsDays: options.retention?.eventsDays ?? 30,
      idsDays: options.retention?.idsDays ?? 65,
    },
  }
}

const loadSource = async (ctx: Context, source: CatalogSource): Promise<void> => {
  if (typeof source !== 'string') return loadCatalogFile(ctx, source.document, source.origin)
  const document = builtInCatalogs[source]
  if (document === undefined) {
    const names = Object.keys(builtInCatalogs).join(', ')
    throw new TollgateError('unprocessable', `there is no built-in catalog "${source}" (${names})`)
  }
  await loadCatalogFile(ctx, document, `built-in ${source}`)
}

/** Another process changed something: what this one remembers of it is read again. */
const watchChanges = (ctx: Context): Promise<() => Promise<void>> =>
  onChange(ctx.db, (change) => {
    if (change.kind === 'organization') ctx.organizations.forget(change.id)
    else if (change.kind === 'key') ctx.keys.forgetAll()
    else {
      if (change.kind === 'everything') {
        ctx.organizations.forgetAll()
        ctx.keys.forgetAll()
      }
      ctx.catalog
        .refresh()
        .catch((error: unknown) => ctx.log.warn({ error }, 'the catalog could not be read again'))
    }
  })

const startEngine = async (
  ctx: RunningContext,
  partitions: Partitions,
  options: TollgateOptions,
): Promise<TollgateEngine> => {
  const stopWatching = await watchChanges(ctx)
  const stopUpkeep = startUpkeep(ctx, partitions)
  ctx.catalog.start()
  const recorder = new Recorder(ctx, {
    flushAt: options.recorder?.flushAt ?? 100,
    flushAfterMs: options.recorder?.flushAfterMs ?? 5_000,
    capacity: options.recorder?.capacity ?? 10_000,
  })
  let closing: Promise<void> | undefined
  /** What was accepted is written before the store is closed. */
  const shutDown = async () => {
    ctx.catalog.stop()
    await stopUpkeep()
    await recorder.close()
    await Promise.all([ctx.gate.drain(), ctx.ledger.drain()])
    await stopWatching()
    await ctx.db.close()
  }
  const close = (): Promise<void> => {
    closing ??= shutDown()
    return closing
  }
  const open = <Args extends unknown[], Result>(
    verb: (ctx: Context, ...args: Args) => Promise<Result>,
  ) => {
    return async (...args: Args): Promise<Result> => {
      if (closing) throw new TollgateError('unavailable', 'Tollgate is closing')
      try {
        return await verb(ctx, ...args)
      } catch (error) {
        throw error instanceof DatabaseError && error.unreachable
          ? new TollgateError('unavailable', undefined, [], error)
          : error
      }
    }
  }
  return {
    check: open(check),
    track: open(track),
    record: open(record),
    reserve: open(reserve),
    extend: open(extend),
    settle: open(settle),
    release: open(release),
    reverse: open(reverse),
    explain: open(explain),
    current: open(current),
    organizations: { create: open(createOrganization), get: open(getOrganization) },
    apiKeys: { create: open(createApiKey) },
    limits: { override: open(overrideLimit) },
    within: (transaction) => within(ctx, partitions, transaction),
    eventRegistry: eventRegistry(ctx),
    planRegistry: planRegistry(ctx),
    modelPrices: modelPrices(ctx),
    catalog: catalogVerbs(ctx),
    enqueue: open((_ctx, input, callOptions) => recorder.add(input, callOptions ?? {})),
    flush: () => recorder.flush(),
    authenticate: open((_ctx, credential: string) => ctx.keys.principal(credential)),
    createAdminKey: open((_ctx, input) => createApiKey(ctx, null, input)),
    aggregate: open(aggregate),
    cleanup: open(() => cleanup(ctx, partitions)),
    ready: () => ready(ctx),
    statistics: () => ({
      ...ctx.counters,
      batches: ctx.gate.batches + ctx.ledger.batches,
      queued: ctx.gate.queued + ctx.ledger.queued + recorder.length,
    }),
    close,
    [Symbol.asyncDispose]: close,
  }
}

const ready = async (ctx: Context): Promise<void> => {
  let cancel = () => {}
  const late = new Promise<never>((_resolve, reject) => {
    cancel = ctx.clock.after(READY_TIMEOUT_MS, () =>
      reject(new TollgateError('unavailable', 'the store did not answer within a second')),
    )
  })
  try {
    await Promise.race([ctx.db.query('select 1'), late])
  } finally {
    cancel()
  }
}
