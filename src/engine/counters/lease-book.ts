import type { Clock } from '../clock.ts'
import type { Log } from '../options.ts'
import type { Account, Slot } from './account.ts'
import type { Accounts } from './accounts.ts'
import type { Return } from './authority/authority.ts'
import { type Need, needsOf } from './needs.ts'
import type { RefillOutcome, Refills } from './refills.ts'
import type { MeteredUse } from './touched-limit.ts'
import { UnderWay } from './under-way.ts'

/** How long the authority decides alone once it refused a lease, or recalled one. */
const TIGHT_MS = 1_000
/** A third of the time after which a process that leases is taken to be gone. */
const SWEEP_EVERY_MS = 1_000
/** A lease that nobody has used for so long goes back. */
const IDLE_MS = 5_000
/** A rate's lease is of no use when its authority was not heard for longer. */
const HEARD_MS = 3_000

export interface LeaseBookParts {
  readonly clock: Clock
  readonly log: Log
  readonly accounts: Accounts
  readonly refills: Refills
  /** Says to the database that this process is alive. */
  readonly beAlive: () => Promise<void>
}

/**
 * The leases of this process, and the decisions that it makes on them by itself. A unit on lease
 * was debited from its limit before, and is nobody else's until it is given back. So a decision
 * here can never take a limit past its maximum, whatever other processes do and whenever this one ends.
 * When units run out, more is leased. When that is refused, all that is left goes back and the
 * authority decides.
 */
export class LeaseBook {
  readonly #parts: LeaseBookParts
  /** Accounts with something on lease. */
  readonly #activeOf = new Map<string, Set<Account>>()
  /** Leases on their way here, by organization. */
  readonly #leasing = new UnderWay()
  /** Leases on their way back, by organization. */
  readonly #returning = new UnderWay()
  #cancelSweep: (() => void) | undefined
  #sweeping: Promise<void> = Promise.resolve()
  #closed = false

  constructor(parts: LeaseBookParts) {
    this.#parts = parts
  }

  /**
   * Debits the units that a call needs, all or nothing, and leases more where there is not enough.
   * Undefined when the authority must decide the call. While leases last it waits for nobody.
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
      // This call uses what was leased for it, even if the next ones are not decided here.
      if (this.debit(account, needs, this.#parts.clock.now().getTime())) return needs
    }
  }

  /** All of it or nothing, at once. Never after a slot's end. */
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

  /** Undoes a debit: the use was not recorded after all. */
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
    // Not idle while it waits, or the sweep would forget the slots that this fills.
    account.usedAtMs = nowMs
    const outcome = await this.#refill(account, needs)
    // Where nothing is to be had ahead of need, each decision would cost two round trips: then the
    // authority makes them, which costs one.
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
        // It came too late to be of use here, and may be of use to others.
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

  /** One account of an organization leases: the newer one ends the other. */
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

  /** Returns everything that is on lease and not used. What cannot be returned is forfeited. */
  async giveBack(account: Account): Promise<void> {
    const slots = [...account.takeEnded(), ...account.slots.values()]
    await this.#return(account, slots)
  }

  /** The same by the organization's id; false when nothing of it was on lease or on its way. */
  async giveBackOf(organizationId: string): Promise<boolean> {
    const leasing = this.#leasing.settled(organizationId)
    if (leasing) await leasing
    const accounts = [...(this.#activeOf.get(organizationId) ?? [])]
    await Promise.all(accounts.map((account) => this.giveBack(account)))
    // Leases that were on their way back before count as well.
    const returning = this.#returning.settled(organizationId)
    if (returning) await returning
    return leasing !== undefined || returning !== undefined || accounts.length > 0
  }

  /** Somebody else wants what this process may not need; false when it leases nothing of it. */
  async recalled(organizationId: string): Promise<boolean> {
    const tightUntilMs = this.#parts.clock.now().getTime() + TIGHT_MS
    const accounts = this.#activeOf.get(organizationId)
    // An account that was forgotten while it was read may have leased as well.
    for (const account of accounts ?? []) account.tightUntilMs = tightUntilMs
    await this.giveBackOf(organizationId)
    return accounts !== undefined
  }

  /** The organization or its limits changed: it is read again, and its leases go back. */
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

  /** Once in a while as long as anything is on lease. */
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

  /** Gives back what is idle or over, and reports what was used to those who are not told else. */
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
