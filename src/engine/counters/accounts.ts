import { addsUp } from '../../core/catalog-words.ts'
import type { Database } from '../../storage/database.ts'
import { type LimitRow, limitsInForce, regimesInForce } from '../../storage/gate/limits.ts'
import { Cache } from '../cache.ts'
import type { Clock } from '../clock.ts'
import type { OrganizationDirectory } from '../tenancy/organization-directory.ts'
import { Account, type DefaultMode, type LeasedLimit } from './account.ts'
import type { Authority } from './authority/authority.ts'

/** As long as an organization is known for; a change that is announced ends it sooner. */
const LIMITS_TTL_MS = 300_000
const MAX_ENTRIES = 100_000
const MAX_PLANS = 1_000

/** The owners of counters. */
interface Authorities {
  readonly database: Authority
  /** Decides every limit that need not be durable, where there is one. */
  readonly redis: Authority | undefined
}

export interface AccountsParts {
  readonly db: Database
  readonly clock: Clock
  readonly organizations: OrganizationDirectory
  readonly authorities: Authorities
  /** How the host decides where a limit does not say. */
  readonly mode: DefaultMode
}

/**
 * The organizations that this process has decided about, with the limits that can refuse a call.
 * Organizations on one plan share its limits, so that one costs a few hundred bytes.
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
      // The directory remembers that.
      unknownMs: 0,
    })
  }

  get mode(): DefaultMode {
    return this.#parts.mode
  }

  /** Without any waiting, when it is known and fresh. */
  known(id: string, nowMs: number): Account | undefined {
    return this.#cache.known(id, nowMs)
  }

  /** As it was when it was last read: for the time when the store is away, and for nothing else. */
  last(id: string): Account | undefined {
    return this.#cache.last(id)
  }

  /** Undefined: there is no such organization. */
  get(id: string): Promise<Account | undefined> {
    return this.#cache.get(id)
  }

  /** The account that is forgotten by it, if any is. */
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
    // By the plan that they were read of: the organization may have been read before a change.
    const key = [rows[0]?.plan_version_id, ...regimes.values()].join(' ')
    const shared = this.#limitsOfPlan.get(key) ?? limits()
    // Versions that nobody is on any more would stay otherwise.
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
