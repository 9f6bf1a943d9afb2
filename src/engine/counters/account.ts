import { isConcurrency, isRate, RATE_WINDOW_MS } from '../../core/limit-kind.ts'
import { windowEnd, windowStart } from '../../core/windows.ts'
import type { LeaseRef } from '../../storage/gate/leases.ts'
import type { LimitRow } from '../../storage/gate/limits.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import type { Authority, Counter } from './authority/authority.ts'
import { counterKey } from './authority/counter-key.ts'
import { leaseRef } from './authority/database/open.ts'

/** A limit that refuses, and who owns its counters. */
export interface LeasedLimit {
  /** Within an organization: meter, window and whose. */
  readonly name: string
  readonly row: LimitRow
  readonly authority: Authority
  /** Leases of the database are posted with the events; those of Redis are reported to it. */
  readonly isPosted: boolean
  /** Whether processes may decide on leases of it. */
  readonly isLeased: boolean
  /**
   * Names the time since when it has been decided by whom it is. What was used in between is in the
   * ledger and nowhere else, so that counters begin anew with what that says.
   */
  readonly regime: string | undefined
}

/** Only windows have regimes: rates are not in the ledger, and leak out in any case. */
const keyOfRegime = (key: string, regime: string | undefined): string =>
  regime !== undefined && key.includes('@') ? `${key}#${regime}` : key

/** The key of the same counter in any regime. */
export const keyInAnyRegime = (key: string): string => key.replace(/(?<=@\d+)#.*$/s, '')

/** The units of one counter that this process may use without asking. */
export class Slot {
  readonly limit: LeasedLimit
  readonly counter: Counter
  readonly ref: LeaseRef
  /** After it nothing of this counter may be used. */
  readonly endMs: number
  /** Leased and not used. */
  available = 0
  /** Part of `available` that such an authority took to be used at once. */
  prepaid = 0
  /** Used, and not yet reported to an authority that is not told by posting. */
  unreported = 0
  /** How much to lease next, and below which level of `available` to do so ahead of need. */
  block = 0
  lowWater = 0
  /** Nothing was granted ahead of need the last time it was asked for. */
  isBare = false
  /** The level that the authority told last, all that this process then had included. */
  level = 0
  leasedAtMs = 0
  /** A rate's lease may not be used long after the authority was last heard. */
  usableUntilMs: number

  constructor(limit: LeasedLimit, counter: Counter, organizationId: string, endMs: number) {
    this.limit = limit
    this.counter = { ...counter, key: keyOfRegime(counter.key, limit.regime) }
    this.ref = leaseRef(organizationId, counter)
    this.endMs = endMs
    this.usableUntilMs = endMs
  }
}

/** How a host decides where a limit does not say. */
export type DefaultMode = 'strict' | 'leased'

/** An organization that is decided here: its limits, and what is on lease of them. */
export class Account {
  readonly organization: OrganizationRow
  readonly limits: readonly LeasedLimit[]
  readonly mode: DefaultMode
  /** Whether any call of it may be decided on leases. */
  readonly isLeased: boolean
  /** From when on the limits must be read again. */
  readonly staleAtMs: number
  readonly slots = new Map<string, Slot>()
  /** Until then decisions are left to the authority: leases were refused or recalled. */
  tightUntilMs = 0
  usedAtMs = 0
  /** Another one stands in its place: what comes on lease goes back at once. */
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

  /** Once it is stale its limits may be other ones: a change of plan is due, or an override ends. */
  mayDecideAt(nowMs: number): boolean {
    return this.isLeased && !this.isClosed && nowMs >= this.tightUntilMs && nowMs < this.staleAtMs
  }

  /** The slot of a limit at a moment; a new one, with nothing on lease, when a window begins. */
  slot(limit: LeasedLimit, subject: string, atMs: number): Slot {
    const name = limit.row.per === 'organization' ? limit.name : `${limit.name}:${subject}`
    const present = this.slots.get(name)
    if (present && atMs < present.endMs) return present
    const slot = this.newSlot(limit, subject, atMs)
    if (present) this.#ended.push(present)
    this.slots.set(name, slot)
    return slot
  }

  /** Slots whose windows are over, since the last call: what is left on them is to be given back. */
  takeEnded(): Slot[] {
    return this.#ended.splice(0)
  }

  readonly #ended: Slot[] = []

  /** A slot that is not kept: the counter of any window, also a past one. */
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
