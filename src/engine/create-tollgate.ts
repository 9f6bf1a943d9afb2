import { uuidv7 } from 'uuidv7'
import { TollgateError } from '../contract/errors.ts'
import type { StripeAccount } from '../contract/stripe-account.ts'
import type { TollgateEngine } from '../contract/tollgate.ts'
import type { Database } from '../storage/database.ts'
import { migrate } from '../storage/migrate.ts'
import { openPglite } from '../storage/pglite/open.ts'
import { openPostgres } from '../storage/postgres/open.ts'
import { createRowShapes } from '../storage/row-shapes.ts'
import { ensureStoreId, reclaimLeases } from '../storage/tables/leases.ts'
import { auditVerbs } from './audit/audit-verbs.ts'
import { auditedGate } from './audit/audited-gate.ts'
import { endSession, endSessionsOf, getSession, openSession } from './authentication/sessions.ts'
import { rotateSigningKeys } from './authentication/signing-keys.ts'
import { billingVerbs } from './billing/billing-verbs.ts'
import { catalogVerbs, loadCatalogFile } from './catalog/catalog-verbs.ts'
import { eventRegistry } from './catalog/event-registry.ts'
import { modelPrices } from './catalog/model-prices.ts'
import { planRegistry } from './catalog/plan-registry.ts'
import { systemClock } from './clock.ts'
import type { Context } from './context.ts'
import { createContext, type RunningContext } from './create-context.ts'
import { grantVerbs } from './credits/grant-verbs.ts'
import { current } from './gate/current.ts'
import { explain } from './gate/explain.ts'
import { FastTrack } from './gate/fast-track.ts'
import { release } from './gate/release.ts'
import { settle } from './gate/settle.ts'
import { isAway } from './gate/store-guard.ts'
import { builtInCatalogs } from './generated/catalogs.ts'
import { insightVerbs } from './insight/insight-verbs.ts'
import { LiveFeeds } from './insight/live-feeds.ts'
import { reportVerbs } from './insight/report-verbs.ts'
import { listJobs } from './jobs/list-jobs.ts'
import { startSchedules } from './jobs/schedules.ts'
import { cleanup, partitionsAhead, startUpkeep } from './jobs/upkeep.ts'
import { aggregate } from './ledger/aggregate.ts'
import { Partitions } from './ledger/partitions.ts'
import { record } from './ledger/record.ts'
import { reverse } from './ledger/reverse.ts'
import type { CatalogSource, TollgateOptions } from './options.ts'
import { type StoreClock, storeClock } from './store-clock.ts'
import { subscriptionVerbs } from './subscriptions/subscription-verbs.ts'
import { createApiKey } from './tenancy/api-keys.ts'
import { tenancyVerbs } from './tenancy/tenancy-verbs.ts'
import { watchChanges } from './watch-changes.ts'
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
  let ctx: RunningContext | undefined
  try {
    await migrate(db)
    const partitions = new Partitions(db)
    const storeId = options.redis && (await ensureStoreId(db, uuidv7()))
    // Several processes share a PostgreSQL: its time is everyone's, unless one is given.
    const clock = db.kind === 'postgres' && !options.clock ? await storeClock(db) : undefined
    const given = { ...options, ...(clock && { clock }) }
    ctx = createContext(db, partitions, given, storeId, await collectorOf(given))
    await partitions.ensure(partitionsAhead(ctx.clock.now()))
    for (const source of options.catalogs ?? Object.keys(builtInCatalogs)) {
      await loadSource(ctx, source)
    }
    await ctx.catalog.refresh()
    // An embedded database has one owner at a time: what another had on lease, nobody has now.
    if (db.kind === 'pglite') await reclaimLeases(db, ctx.node.id)
    return await startEngine(ctx, partitions, clock)
  } catch (error) {
    // What was begun must not outlive it: the connections to Redis would keep the process up.
    await ctx?.recalls.close().catch(() => {})
    await db.close().catch(() => {})
    throw error
  }
}

/** Loaded only where it is asked for: the SDK is as large as all the rest. */
const collectorOf = async ({
  stripe,
  clock = systemClock,
}: TollgateOptions): Promise<StripeAccount | undefined> => {
  if (!stripe) return undefined
  const { openStripe } = await import('../connectors/stripe/open.ts')
  return openStripe(stripe, clock.now)
}

const openDatabase = (
  database: NonNullable<TollgateOptions['database']>,
): Promise<Database> | Database => {
  if (database === 'memory') return openPglite()
  if ('folder' in database) return openPglite({ folder: database.folder })
  return 'url' in database ? openPostgres(database) : database
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

const startEngine = async (
  ctx: RunningContext,
  partitions: Partitions,
  clock: StoreClock | undefined,
): Promise<TollgateEngine> => {
  const stopWatching = await watchChanges(ctx)
  const shapes = createRowShapes()
  const stopUpkeep = startUpkeep(ctx, partitions, clock)
  const stopSchedules = startSchedules(ctx)
  ctx.catalog.start()
  const { recorder, leases } = ctx
  const fastTrack = new FastTrack(ctx)
  const feeds = new LiveFeeds({ read: (id) => current(ctx, id), clock: ctx.clock })
  /** What is queued is written, and what is on lease goes back. */
  const flush = async () => {
    await recorder.flush()
    await leases.giveBackAll()
    await ctx.auditQueue.flush()
  }
  let closing: Promise<void> | undefined
  /** What was accepted is written before the store is closed. */
  const shutDown = async () => {
    feeds.close()
    ctx.catalog.stop()
    await stopSchedules()
    await stopUpkeep()
    await recorder.close()
    await Promise.all([ctx.gate.drain(), ctx.ledger.drain()])
    await leases.close()
    await ctx.shared?.drain()
    await ctx.auditQueue.close()
    await ctx.keys.writeUses()
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
        throw isAway(error) ? new TollgateError('unavailable', undefined, [], error) : error
      }
    }
  }
  const trackInFull = open(auditedGate.track)
  return {
    check: open(auditedGate.check),
    track: (input, options) => {
      const answer = closing ? undefined : fastTrack.track(input, options)
      return answer ? Promise.resolve(answer) : trackInFull(input, options)
    },
    record: open(record),
    reserve: open(auditedGate.reserve),
    extend: open(auditedGate.extend),
    settle: open(settle),
    release: open(release),
    reverse: open(reverse),
    explain: open(explain),
    current: open(current),
    usage: reportVerbs(ctx, open, feeds),
    ...insightVerbs(ctx, open),
    ...tenancyVerbs(open),
    billing: billingVerbs(open),
    subscriptions: subscriptionVerbs(open),
    grants: grantVerbs(open),
    jobs: { list: open(listJobs) },
    audit: auditVerbs(ctx, open),
    within: (transaction) => within(ctx, partitions, shapes, transaction),
    eventRegistry: eventRegistry(ctx),
    planRegistry: planRegistry(ctx),
    modelPrices: modelPrices(ctx),
    catalog: catalogVerbs(ctx),
    enqueue: open((_ctx, input, callOptions) => recorder.add(input, callOptions ?? {})),
    flush,
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
    createAdminKey: open((_ctx, input) => createApiKey(ctx, null, input)),
    aggregate: open(aggregate),
    cleanup: open(() => cleanup(ctx, partitions)),
    ready: () => ready(ctx),
    statistics: () => ({
      ...ctx.counters,
      batches: ctx.gate.batches + ctx.ledger.batches,
      queued: ctx.gate.queued + ctx.ledger.queued + recorder.length,
      auditDropped: ctx.auditQueue.dropped,
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
