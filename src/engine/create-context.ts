import { uuidv7 } from 'uuidv7'
import { openDatabaseAuthority } from '../authority/database/open.ts'
import type { Database } from '../storage/database.ts'
import { seeNode } from '../storage/tables/leases.ts'
import { CatalogBook } from './catalog/catalog-book.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Context } from './context.ts'
import { Gate } from './gate/gate.ts'
import { ModelCosts } from './gate/model-cost-of-event.ts'
import { StoreGuard } from './gate/store-guard.ts'
import { Accounts } from './leases/accounts.ts'
import { LeaseBook } from './leases/lease-book.ts'
import { Recalls } from './leases/recalls.ts'
import { Refills } from './leases/refills.ts'
import { Ledger } from './ledger/ledger.ts'
import type { Partitions } from './ledger/partitions.ts'
import { Recorder } from './ledger/recorder.ts'
import type { Log, TollgateOptions } from './options.ts'
import { KeyRing } from './tenancy/key-ring.ts'
import { OrganizationDirectory } from './tenancy/organization-directory.ts'

/** The context with what has to be ended with it. */
export interface RunningContext extends Context {
  readonly gate: Gate
  readonly ledger: Ledger
  readonly recorder: Recorder
  readonly leases: LeaseBook
}

const STORE_TIMEOUT_MS = 2_000
/** The embedded database does one thing at a time, and a large batch takes a while. */
const EMBEDDED_TIMEOUT_MS = 30_000
/** What processes that die may cost of a limit, all of them together. */
const SHARE_ON_LEASE = 0.01

const silent: Log = { info: () => {}, warn: () => {}, error: () => {} }

export const createContext = (
  db: Database,
  partitions: Partitions,
  options: TollgateOptions,
): RunningContext => {
  const clock = options.clock ?? systemClock
  const log = options.log ?? silent
  const { maxBatch = 4_000, capacity = 100_000 } = options.recorder ?? {}
  // The embedded database runs one statement at a time: more lanes would only make smaller batches.
  const lanes = db.kind === 'pglite' ? 1 : (options.recorder?.lanes ?? 2)
  const node = uuidv7()
  const writing = { db, node, clock, partitions, lanes, maxBatch, capacity }
  const organizations = new OrganizationDirectory(db, clock)
  const leasing = createLeasing({ db, node, clock, log, organizations, options })
  const ctx: RunningContext = {
    db,
    clock,
    log,
    ids: options.ids ?? uuidv7,
    node,
    catalog: new CatalogBook({ db, log, clock, ttlMs: options.catalogTtlMs ?? 300_000 }),
    organizations,
    keys: new KeyRing(db, clock),
    modelCosts: new ModelCosts(options.modelPrices ?? []),
    gate: new Gate(writing),
    ledger: new Ledger(writing),
    guard: new StoreGuard(clock, storeTimeoutMs(db, options)),
    ...leasing,
    // Made with the context, since what it queues it prepares itself.
    get recorder() {
      return recorder
    },
    recalls: new Recalls(db, clock, log),
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
      decisionsAllowed: 0,
      decisionsRefused: 0,
    },
    reservationExpiresInMs: options.reservationExpiresInMs ?? 600_000,
    retention: {
      eventsDays: options.retention?.eventsDays ?? 30,
      idsDays: options.retention?.idsDays ?? 65,
    },
  }
  const recorder = new Recorder(ctx, {
    flushAt: options.recorder?.flushAt ?? 100,
    flushAfterMs: options.recorder?.flushAfterMs ?? 5_000,
    capacity,
  })
  return ctx
}

const createLeasing = (parts: {
  db: Database
  node: string
  clock: Clock
  log: Log
  organizations: OrganizationDirectory
  options: TollgateOptions
}) => {
  const { db, node, clock, log, organizations, options } = parts
  // Whoever opens an embedded database is the only one who has it, and takes back what was leased.
  const share = db.kind === 'pglite' ? 1 : SHARE_ON_LEASE
  const database = openDatabaseAuthority({ db, node, clock, share })
  const accounts = new Accounts({
    db,
    clock,
    organizations,
    authorities: { database, redis: undefined },
  })
  const guard = new StoreGuard(clock, storeTimeoutMs(db, options))
  const refills = new Refills({ clock, guards: new Map([[database, guard]]) })
  const mode = options.decide ?? 'strict'
  const beAlive = () => seeNode(db, node, clock.now())
  return { accounts, leases: new LeaseBook({ clock, log, accounts, refills, mode, beAlive }) }
}

const storeTimeoutMs = (db: Database, { storeTimeoutMs: given }: TollgateOptions): number =>
  given ?? (db.kind === 'pglite' ? EMBEDDED_TIMEOUT_MS : STORE_TIMEOUT_MS)
