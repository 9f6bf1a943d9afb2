import { isConcurrency, isRate, RATE_WINDOW_MS } from '../../core/limit-kind.ts'
import { windowEnd, windowStart } from '../../core/windows.ts'
import type { LeaseRef } from '../../storage/gate/leases.ts'
import type { LimitRow } from '../../storage/gate/limits.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import type { Authority, Counter } from './authority/authority.ts'
import { counterKey } from './authority/counter-key.ts'
import { leaseRef } from './authority/database/open.ts'

/** A limit that can refuse, with the owner of its counters. */
export interface LeasedLimit {
  /** Unique within the organization: meter, window and `per`. */
  readonly name: string
  readonly row: LimitRow
  readonly authority: Authority
  /**
   * True for limits of the database: posting an event uses up its lease. Use on leases of Redis is
   * reported to Redis.
   */
  readonly isPosted: boolean
  /** True if processes may decide on leases of it. */
  readonly isLeased: boolean
  /**
   * Identifies the period in which the limit has had its current owner. While another owner
   * decides, use is only written to the ledger. So counters of a new regime start from the ledger.
   */
  readonly regime: string | undefined
}

/** Only windows have regimes. Rates are not in the ledger, and leak out anyway. */
const keyOfRegime = (key: string, regime: string | undefined): string =>
  regime !== undefined && key.includes('@') ? `${key}#${regime}` : key

/** The key of a counter without its regime. */
export const keyInAnyRegime = (key: string): string => key.replace(/(?<=@\d+)#.*$/s, '')

/** The units of one counter that this process may use without asking. */
export class Slot {
  readonly limit: LeasedLimit
  readonly counter: Counter
  readonly ref: LeaseRef
  /** After this time, nothing of the counter may be used. */
  readonly endMs: number
  /** Leased and not used. */
  available = 0
  /**
   * The part of `available` that Redis already counts as used, because a decision had asked for it.
   */
  prepaid = 0
  /** Used, but not yet reported to an authority that does not learn it from posted events. */
  unreported = 0
  /** The size of the next lease. Below `lowWater`, it is requested in advance. */
  block = 0
  lowWater = 0
  /** True if the last lease included nothing in advance. */
  isBare = false
  /** The level by the authority's last answer, including all that this process had leased. */
  level = 0
  leasedAtMs = 0
  /**
   * The slot may be used until this time. For a rate, that is shortly after the authority's last
   * answer.
   */
  usableUntilMs: number

  constructor(limit: LeasedLimit, counter: Counter, organizationId: string, endMs: number) {
    this.limit = limit
    this.counter = { ...counter, key: keyOfRegime(counter.key, limit.regime) }
    this.ref = leaseRef(organizationId, counter)
    this.endMs = endMs
    this.usableUntilMs = endMs
  }
}

/** The host's default for limits that do not choose a mode. */
export type DefaultMode = 'strict' | 'leased'

/** An organization that is decided here: its limits and its leases. */
export class Account {
  readonly organization: OrganizationRow
  readonly limits: readonly LeasedLimit[]
  readonly mode: DefaultMode
  /** True if some calls may be decided on leases. */
  readonly isLeased: boolean
  /** From this time, the limits must be read again. */
  readonly staleAtMs: number
  readonly slots = new Map<string, Slot>()
  /** Until this time, the authority decides, because leases were refused or recalled. */
  tightUntilMs = 0
  usedAtMs = 0
  /** A newer account has replaced this one: leases that arrive are returned at once. */
  isClosed = false

  constructor(
    organization: OrganizationRow,
    limits: readonly LeasedLimit[],
    mode: DefaultMode,
    staleAtMs: number,
  ) {
    this.organization = organization
    this.limits = limits
    this.mode = mode
    this.isLeased = mode === 'leased' || limits.some(({ row }) => row.decide === 'leased')
    this.staleAtMs = staleAtMs
  }

  /** Not after `staleAtMs`: a change of plan is due then, or an override ends. */
  mayDecideAt(nowMs: number): boolean {
    return this.isLeased && !this.isClosed && nowMs >= this.tightUntilMs && nowMs < this.staleAtMs
  }

  /** The slot of a limit at a time. A new window gets a new slot without leases. */
  slot(limit: LeasedLimit, subject: string, atMs: number): Slot {
    const name = limit.row.per === 'organization' ? limit.name : `${limit.name}:${subject}`
    const present = this.slots.get(name)
    if (present && atMs < present.endMs) return present
    const slot = this.newSlot(limit, subject, atMs)
    if (present) this.#ended.push(present)
    this.slots.set(name, slot)
    return slot
  }

  /** The slots whose windows have ended since the last call. Their leases must be returned. */
  takeEnded(): Slot[] {
    return this.#ended.splice(0)
  }

  readonly #ended: Slot[] = []

  /** A slot that is not stored: the counter of any window, even a past one. */
  newSlot(limit: LeasedLimit, subject: string, atMs: number): Slot {
    const { row } = limit
    const { meter, window_name: window, per } = row
    const ceiling = Number(row.ceiling)
    if (isConcurrency(window)) throw new RangeError('what is open at once has no counter to lease')
    if (isRate(window)) {
      const key = counterKey({ meter, window, per, subject, startMs: 0 })
      const max = Number(row.max)
      const rule = { kind: 'rate' as const, max, windowMs: RATE_WINDOW_MS, burst: ceiling }
      return new Slot(limit, { key, rule }, this.organization.id, Number.POSITIVE_INFINITY)
    }
    const anchorMs = this.organization.starts_at.getTime()
    const startMs = windowStart(window, atMs, anchorMs)
    const endMs = windowEnd(window, atMs, anchorMs)
    const key = counterKey({ meter, window, per, subject, startMs })
    const rule = { kind: 'window' as const, max: ceiling, endMs }
    return new Slot(limit, { key, rule }, this.organization.id, endMs)
  }
}
