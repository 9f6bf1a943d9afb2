import type { Authority } from '../../authority/authority.ts'
import { mustBeDurable } from '../../core/limit-policy.ts'
import type { Database } from '../../storage/database.ts'
import { type LimitRow, limitsInForce, regimesInForce } from '../../storage/tables/limits.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import type { Clock } from '../clock.ts'
import type { OrganizationDirectory } from '../tenancy/organization-directory.ts'
import { Account, type LeasedLimit } from './account.ts'

/** As long as an organization is known for; a change that is announced ends it sooner. */
const LIMITS_TTL_MS = 300_000

/** Who owns the counters of a limit. */
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
}

/**
 * The organizations that this process has decided about, with the limits that can refuse a call.
 * Organizations on one plan share its limits, so that one costs a few hundred bytes.
 */
export class Accounts {
  readonly #parts: AccountsParts
  readonly #known = new Map<string, Account>()
  /** What was forgotten and has not been read again. */
  readonly #last = new Map<string, Account>()
  readonly #reading = new Map<string, Promise<Account | undefined>>()
  readonly #limitsOfPlan = new Map<string, readonly LeasedLimit[]>()

  constructor(parts: AccountsParts) {
    this.#parts = parts
  }

  /** Without any waiting, when it is known and fresh. */
  known(id: string, nowMs: number): Account | undefined {
    const account = this.#known.get(id)
    return account && nowMs < account.staleAtMs ? account : undefined
  }

  /** As it was when it was last read: for the time when the store is away, and for nothing else. */
  last(id: string): Account | undefined {
    return this.#known.get(id) ?? this.#last.get(id)
  }

  /** Undefined: there is no such organization. */
  get(id: string): Promise<Account | undefined> {
    const known = this.known(id, this.#parts.clock.now().getTime())
    if (known) return Promise.resolve(known)
    const reading = this.#reading.get(id) ?? this.#read(id)
    return reading
  }

  /** The account that is forgotten, if it was known. */
  forget(id: string): Account | undefined {
    const account = this.#known.get(id)
    if (account) this.#last.set(id, account)
    this.#known.delete(id)
    this.#reading.delete(id)
    return account
  }

  forgetAll(): Account[] {
    const accounts = [...this.#known.values()]
    for (const account of accounts) this.#last.set(account.organization.id, account)
    this.#known.clear()
    this.#reading.clear()
    this.#limitsOfPlan.clear()
    return accounts
  }

  #read(id: string): Promise<Account | undefined> {
    const reading = this.#load(id).then(
      (account) => {
        // A reading that was forgotten meanwhile may be older than the change: not kept.
        if (this.#reading.get(id) === reading) {
          this.#reading.delete(id)
          if (account) this.#known.set(id, account)
          this.#last.delete(id)
        }
        return account
      },
      (error: unknown) => {
        if (this.#reading.get(id) === reading) this.#reading.delete(id)
        throw error
      },
    )
    this.#reading.set(id, reading)
    return reading
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
    const staleAtMs = Math.min(at.getTime() + LIMITS_TTL_MS, expiryMs)
    return new Account(organization, this.#limits(organization, rows, regimes), staleAtMs)
  }

  #limits(
    organization: OrganizationRow,
    rows: readonly LimitRow[],
    regimes: ReadonlyMap<string, string> = new Map(),
  ): readonly LeasedLimit[] {
    const limits = () =>
      rows.filter((row) => row.ceiling !== null).map((row) => this.#leasedLimit(row, regimes))
    if (rows.some((row) => row.overridden)) return limits()
    const { catalog, plan, plan_version } = organization
    const key = [`${catalog}/${plan}@${plan_version}`, ...regimes.values()].join(' ')
    const shared = this.#limitsOfPlan.get(key) ?? limits()
    this.#limitsOfPlan.set(key, shared)
    return shared
  }

  #leasedLimit(row: LimitRow, regimes: ReadonlyMap<string, string>): LeasedLimit {
    const { database, redis } = this.#parts.authorities
    const durable = mustBeDurable({ ...row, window: row.window_name, onFailure: undefined })
    const name = `${row.meter}/${row.window_name}/${row.per}`
    const addsUp = row.aggregation === 'sum' || row.aggregation === 'count'
    // What is in flight is read off the reservations, which are the database's.
    return redis && !durable && addsUp && row.window_name !== 'concurrent'
      ? { name, row, authority: redis, isPosted: false, regime: regimes.get(name) }
      : { name, row, authority: database, isPosted: true, regime: undefined }
  }
}
