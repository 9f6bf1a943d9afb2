import type { Clock } from '../clock.ts'
import type { Log } from '../options.ts'
import type { Account, Slot } from './account.ts'
import type { Accounts } from './accounts.ts'
import type { Return } from './authority/authority.ts'
import { type Need, needsOf } from './needs.ts'
import type { RefillOutcome, Refills } from './refills.ts'
import type { MeteredUse } from './touched-limit.ts'
import { UnderWay } from './under-way.ts'

/** The time for which only the authority decides, after a refused lease or a recall. */
const TIGHT_MS = 1_000
/** A third of the time after which a process with leases counts as dead. */
const SWEEP_EVERY_MS = 1_000
/** Leases that were not used for this time are returned. */
const IDLE_MS = 5_000
/** A lease on a rate may not be used if its authority did not answer for this time. */
const HEARD_MS = 3_000

export interface LeaseBookParts {
  readonly clock: Clock
  readonly log: Log
  readonly accounts: Accounts
  readonly refills: Refills
  /** Tells the database that this process is alive. */
  readonly beAlive: () => Promise<void>
}

/**
 * The leases of this process, and the decisions on them.
 *
 * A leased unit was debited from its limit before, and belongs to this process until it is
 * returned. So a decision here never exceeds a limit, whatever other processes do and whenever this
 * one dies.
 *
 * When units run out, more are leased. If that is refused, the rest is returned and the authority
 * decides.
 */
export class LeaseBook {
  readonly #parts: LeaseBookParts
  /** Accounts that hold leases. */
  readonly #activeOf = new Map<string, Set<Account>>()
  /** Lease requests in progress, by organization. */
  readonly #leasing = new UnderWay()
  /** Returns in progress, by organization. */
  readonly #returning = new UnderWay()
  #cancelSweep: (() => void) | undefined
  #sweeping: Promise<void> = Promise.resolve()
  #closed = false

  constructor(parts: LeaseBookParts) {
    this.#parts = parts
  }

  /**
   * Debits the units of a call, all or nothing, and leases more if needed. Undefined: the authority
   * must decide the call. It does not wait while leases suffice.
   */
  async take(account: Account, use: MeteredUse): Promise<readonly Need[] | undefined> {
    for (;;) {
      const nowMs = this.#parts.clock.now().getTime()
      const needs = account.mayDecideAt(nowMs)
        ? needsOf(account, account.limits, use, nowMs)
        : undefined
      if (!needs) return undefined
      if (this.debit(account, needs, nowMs)) return needs
      if ((await this.#lease(account, needs)) === 'refused') {
        await this.giveBack(account)
        return undefined
      }
      // This call uses its lease even if the next ones are decided by the authority.
      if (this.debit(account, needs, this.#parts.clock.now().getTime())) return needs
    }
  }

  /** Debits all units or none, without waiting. It never debits a slot that has ended. */
  debit(account: Account, needs: readonly Need[], nowMs: number): boolean {
    for (const { slot, units } of needs) {
      if (slot.available < units || nowMs >= slot.usableUntilMs) return false
    }
    for (const { slot, units } of needs) {
      slot.available -= units
      if (!slot.limit.isPosted) {
        const prepaid = Math.min(slot.prepaid, units)
        slot.prepaid -= prepaid
        slot.unreported += units - prepaid
      }
      if (slot.available < slot.lowWater) this.#leaseAhead(account, slot)
    }
    account.usedAtMs = nowMs
    return true
  }

  /** Undoes a debit when the use was not recorded. */
  credit(account: Account, needs: readonly Need[]): void {
    for (const { slot, units } of needs) {
      slot.available += units
      if (!slot.limit.isPosted) {
        const unreported = Math.min(slot.unreported, units)
        slot.unreported -= unreported
        slot.prepaid += units - unreported
      }
    }
    if (account.isClosed) void this.giveBack(account)
  }

  async #lease(account: Account, needs: readonly Need[]): Promise<RefillOutcome> {
    this.#activate(account)
    this.#cancelSweep ??= this.#sweepLater()
    const nowMs = this.#parts.clock.now().getTime()
    for (const { slot } of needs) {
      if (slot.counter.rule.kind === 'rate') slot.usableUntilMs = nowMs + HEARD_MS
    }
    // Marks the account as used. Otherwise the sweep would remove the slots that this lease fills.
    account.usedAtMs = nowMs
    const outcome = await this.#refill(account, needs)
    // If the authority grants nothing in advance, each decision on a lease costs two round trips.
    // Then the authority decides, which costs one.
    if (outcome === 'refused' || needs.some(({ slot }) => slot.isBare)) {
      account.tightUntilMs = this.#parts.clock.now().getTime() + TIGHT_MS
    }
    if (account.isClosed) void this.giveBack(account)
    return outcome
  }

  #leaseAhead(account: Account, slot: Slot): void {
    slot.lowWater = 0
    this.#refill(account, [{ slot, units: 0 }])
      .then(() => {
        // The grant came too late for this process, but others may need it.
        const isTight = this.#parts.clock.now().getTime() < account.tightUntilMs
        return isTight || account.isClosed ? this.giveBack(account) : undefined
      })
      .catch((error: unknown) => {
        this.#parts.log.warn({ error }, 'nothing could be leased ahead')
      })
  }

  #refill(account: Account, needs: readonly Need[]): Promise<RefillOutcome> {
    return this.#leasing.add(account.organization.id, this.#parts.refills.lease(account, needs))
  }

  /** Only one account of an organization holds leases. The newer account closes the older one. */
  #activate(account: Account): void {
    const { id } = account.organization
    const accounts = this.#activeOf.get(id) ?? new Set()
    if (accounts.has(account)) return
    for (const old of accounts) this.#close(old.staleAtMs > account.staleAtMs ? account : old)
    this.#activeOf.set(id, accounts.add(account))
  }

  #deactivate(account: Account): void {
    const { id } = account.organization
    const accounts = this.#activeOf.get(id)
    if (accounts?.delete(account) && accounts.size === 0) this.#activeOf.delete(id)
  }

  /** Returns all unused leases. Leases that cannot be returned are forfeited. */
  async giveBack(account: Account): Promise<void> {
    const slots = [...account.takeEnded(), ...account.slots.values()]
    await this.#return(account, slots)
  }

  /** Like `giveBack`, by organization. False: it had no leases and no requests in progress. */
  async giveBackOf(organizationId: string): Promise<boolean> {
    const leasing = this.#leasing.settled(organizationId)
    if (leasing) await leasing
    const accounts = [...(this.#activeOf.get(organizationId) ?? [])]
    await Promise.all(accounts.map((account) => this.giveBack(account)))
    // Returns that were already in progress count too.
    const returning = this.#returning.settled(organizationId)
    if (returning) await returning
    return leasing !== undefined || returning !== undefined || accounts.length > 0
  }

  /** Another process wants unused leases. False: this process has none of the organization. */
  async recalled(organizationId: string): Promise<boolean> {
    const tightUntilMs = this.#parts.clock.now().getTime() + TIGHT_MS
    const accounts = this.#activeOf.get(organizationId)
    // An account that was removed from the cache while it was read may hold leases too.
    for (const account of accounts ?? []) account.tightUntilMs = tightUntilMs
    await this.giveBackOf(organizationId)
    return accounts !== undefined
  }

  /**
   * The organization or its limits have changed: removes it from the cache and returns its leases.
   */
  forget(organizationId: string): void {
    const account = this.#parts.accounts.forget(organizationId)
    if (account) this.#close(account)
  }

  forgetAll(): void {
    for (const account of this.#parts.accounts.forgetAll()) this.#close(account)
  }

  #close(account: Account): void {
    account.isClosed = true
    if (this.#activeOf.get(account.organization.id)?.has(account)) void this.giveBack(account)
  }

  /** Repeats as long as this process holds leases. */
  #sweepLater(): () => void {
    return this.#parts.clock.after(SWEEP_EVERY_MS, () => {
      this.#sweeping = this.#sweep()
        .catch((error: unknown) => this.#parts.log.warn({ error }, 'leases could not be tended'))
        .then(() => {
          this.#cancelSweep =
            this.#activeOf.size > 0 && !this.#closed ? this.#sweepLater() : undefined
        })
    })
  }

  /**
   * Returns idle and expired leases. Reports the use to authorities that do not learn it from
   * posted events.
   */
  async #sweep(): Promise<void> {
    await this.#parts.beAlive()
    const nowMs = this.#parts.clock.now().getTime()
    const active = [...this.#activeOf.values()].flatMap((accounts) => [...accounts])
    await Promise.all(
      active.map((account) => {
        const idle = nowMs - account.usedAtMs > IDLE_MS
        if (idle) this.#deactivate(account)
        for (const slot of account.slots.values()) {
          if (slot.counter.rule.kind === 'rate') slot.usableUntilMs = nowMs + HEARD_MS
        }
        const slots = idle ? [...account.slots.values()] : []
        if (idle) account.slots.clear()
        return this.#return(account, [...account.takeEnded(), ...slots], !idle)
      }),
    )
  }

  async giveBackAll(): Promise<void> {
    await Promise.all([...this.#activeOf.keys()].map((id) => this.giveBackOf(id)))
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelSweep?.()
    await this.#sweeping
    await this.#parts.refills.drain()
    await this.giveBackAll()
    this.#activeOf.clear()
  }

  #return(account: Account, unused: readonly Slot[], report = true): Promise<void> {
    return this.#returning.add(account.organization.id, this.#give(account, unused, report))
  }

  async #give(account: Account, unused: readonly Slot[], report: boolean): Promise<void> {
    const returns: { slot: Slot; back: Return }[] = []
    const add = (slot: Slot, units: number, as: Return['as']) => {
      const { id } = account.organization
      returns.push({ slot, back: { organizationId: id, counter: slot.counter, units, as } })
    }
    for (const slot of report ? [...unused, ...account.slots.values()] : unused) {
      if (slot.unreported > 0) add(slot, slot.unreported, 'spent')
      slot.unreported = 0
    }
    for (const slot of unused) {
      if (slot.prepaid > 0) add(slot, slot.prepaid, 'undone')
      if (slot.available > slot.prepaid) add(slot, slot.available - slot.prepaid, 'unused')
      slot.available = 0
      slot.prepaid = 0
      slot.lowWater = 0
    }
    const authorities = new Set(returns.map(({ slot }) => slot.limit.authority))
    for (const authority of authorities) {
      const own = returns.filter(({ slot }) => slot.limit.authority === authority)
      try {
        await authority.give(own.map(({ back }) => back))
      } catch (error) {
        this.#parts.log.warn({ error }, 'leases could not be given back and are forfeited')
      }
    }
  }
}
