import { addsUp } from '../../core/catalog-words.ts'
import type { Database } from '../../storage/database.ts'
import { type LimitRow, limitsInForce, regimesInForce } from '../../storage/gate/limits.ts'
import { Cache } from '../cache.ts'
import type { Clock } from '../clock.ts'
import type { OrganizationDirectory } from '../tenancy/organization-directory.ts'
import { Account, type DefaultMode, type LeasedLimit } from './account.ts'
import type { Authority } from './authority/authority.ts'

/** The longest time in cache. An announced change ends it sooner. */
const LIMITS_TTL_MS = 300_000
const MAX_ENTRIES = 100_000
const MAX_PLANS = 1_000

/** The owners of counters. */
interface Authorities {
  readonly database: Authority
  /** Decides all limits that need not be durable. Undefined: there is no Redis. */
  readonly redis: Authority | undefined
}

export interface AccountsParts {
  readonly db: Database
  readonly clock: Clock
  readonly organizations: OrganizationDirectory
  readonly authorities: Authorities
  /** The host's default for limits that do not choose a mode. */
  readonly mode: DefaultMode
}

/**
 * A cache of organizations with the limits that can refuse a call. Organizations on one plan share
 * its limits, so an entry costs a few hundred bytes.
 */
export class Accounts {
  readonly #parts: AccountsParts
  readonly #cache: Cache<Account>
  readonly #limitsOfPlan = new Map<string, readonly LeasedLimit[]>()

  constructor(parts: AccountsParts) {
    this.#parts = parts
    this.#cache = new Cache({
      clock: parts.clock,
      maxEntries: MAX_ENTRIES,
      read: (id) => this.#load(id),
      staleAtMs: (account) => account.staleAtMs,
      // The directory caches unknown organizations, so this cache need not.
      unknownMs: 0,
    })
  }

  get mode(): DefaultMode {
    return this.#parts.mode
  }

  /** Returns the account without waiting, if it is cached and fresh. */
  known(id: string, nowMs: number): Account | undefined {
    return this.#cache.known(id, nowMs)
  }

  /**
   * The account as it was read last, however old. Only for the time while the store is unavailable.
   */
  last(id: string): Account | undefined {
    return this.#cache.last(id)
  }

  /** Undefined: there is no such organization. */
  get(id: string): Promise<Account | undefined> {
    return this.#cache.get(id)
  }

  /** Removes the account from the cache and returns it. */
  forget(id: string): Account | undefined {
    return this.#cache.forget(id)
  }

  forgetAll(): Account[] {
    this.#limitsOfPlan.clear()
    return this.#cache.forgetAll()
  }

  async #load(id: string): Promise<Account | undefined> {
    const { db, clock, organizations } = this.#parts
    const at = clock.now()
    const [organization, rows, regimes] = await Promise.all([
      organizations.get(id),
      limitsInForce(db, id, at),
      this.#parts.authorities.redis && regimesInForce(db, id, at),
    ])
    if (!organization) return undefined
    const expiryMs = rows[0]?.next_expiry?.getTime() ?? Number.POSITIVE_INFINITY
    const changeMs = organization.change_due_at?.getTime() ?? Number.POSITIVE_INFINITY
    const staleAtMs = Math.min(at.getTime() + LIMITS_TTL_MS, expiryMs, changeMs)
    return new Account(organization, this.#limits(rows, regimes), this.mode, staleAtMs)
  }

  #limits(
    rows: readonly LimitRow[],
    regimes: ReadonlyMap<string, string> = new Map(),
  ): readonly LeasedLimit[] {
    const limits = () =>
      rows.filter((row) => row.ceiling !== null).map((row) => this.#leasedLimit(row, regimes))
    if (rows.some((row) => row.overridden)) return limits()
    // Keyed by the plan of the limits. The organization may have been read before a change of plan.
    const key = [rows[0]?.plan_version_id, ...regimes.values()].join(' ')
    const shared = this.#limitsOfPlan.get(key) ?? limits()
    // Otherwise limits of plan versions without organizations would stay.
    if (this.#limitsOfPlan.size >= MAX_PLANS) this.#limitsOfPlan.clear()
    this.#limitsOfPlan.set(key, shared)
    return shared
  }

  #leasedLimit(row: LimitRow, regimes: ReadonlyMap<string, string>): LeasedLimit {
    const { database, redis } = this.#parts.authorities
    const name = `${row.meter}/${row.window_name}/${row.per}`
    const isLeased = addsUp(row.aggregation) && (row.decide ?? this.mode) === 'leased'
    return redis && row.may_be_elsewhere
      ? { name, row, isLeased, authority: redis, isPosted: false, regime: regimes.get(name) }
      : { name, row, isLeased, authority: database, isPosted: true, regime: undefined }
  }
}
