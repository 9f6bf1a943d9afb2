import type { SeenLimit } from '../../core/decision.ts'
import { isRate } from '../../core/limit-kind.ts'
import type { Database } from '../../storage/database.ts'
import { collectExpired, type ExpiredHold } from '../../storage/gate/reservations.ts'
import type { UsageAmount, UsageItem } from '../../storage/usage-batch.ts'
import type { Clock } from '../clock.ts'
import { GroupCommit } from '../group-commit/group-commit.ts'
import type { StoreGuard } from '../group-commit/store-guard.ts'
import type { Log } from '../options.ts'
import type { Account } from './account.ts'
import type { Accounts } from './accounts.ts'
import type { Ask, Authority, Return, Taken, Want } from './authority/authority.ts'
import { type Contest, Contests } from './contests.ts'
import type { Need } from './needs.ts'
import { OneAtATime } from './one-at-a-time.ts'
import { merged, refusedElsewhere, seenElsewhere } from './seen-elsewhere.ts'
import { subjectOf, unitsOf } from './touched-limit.ts'
import { UnderWay } from './under-way.ts'

const EXPIRED_AT_A_TIME = 500
/** A key for all organizations. No organization has this id. */
const ALL = ''

/** A use as counters see it. */
export type CountedUse = Pick<
  UsageItem,
  'organizationId' | 'userId' | 'apiKeyId' | 'occurredAt' | 'amounts'
> & { readonly backfilled?: boolean }

export type TakenElsewhere =
  | {
      readonly taken: true
      /** The levels before the call. */
      readonly limits: readonly SeenLimit[]
      /** Must be called with the outcome of the call. Units that it does not use are returned. */
      readonly decided: (isUsed: boolean) => Promise<void>
    }
  | { readonly taken: false; readonly limits: readonly SeenLimit[]; readonly recallable: boolean }

/** The call touches no limit of Redis. */
export const NOTHING_TAKEN: TakenElsewhere = { taken: true, limits: [], decided: async () => {} }

/**
 * The counters of Redis, synchronized with the ledger. Redis is told after the commit about every
 * use, hold, return or undo that it did not decide. Later calls in this process wait for that.
 *
 * Only windows are reported. A rate counts requests and nothing else.
 */
export class SharedCounters {
  readonly #redis: Authority
  readonly #db: Database
  readonly #clock: Clock
  readonly #log: Log
  readonly #accounts: Accounts
  readonly #takes: GroupCommit<Ask, Taken>
  readonly #contests = new Contests()
  readonly #telling = new UnderWay()
  readonly #returning = new OneAtATime()

  constructor(parts: {
    redis: Authority
    db: Database
    clock: Clock
    log: Log
    accounts: Accounts
    guard: StoreGuard
  }) {
    const { redis, guard } = parts
    this.#redis = redis
    this.#db = parts.db
    this.#clock = parts.clock
    this.#log = parts.log
    this.#accounts = parts.accounts
    this.#takes = new GroupCommit<Ask, Taken>({
      name: 'take shared',
      commit: (asks) => guard.run(() => redis.take(asks)),
      // Asks of one organization are decided in their order.
      maxBatch: 1_000,
      capacity: Number.POSITIVE_INFINITY,
      isItemFault: () => false,
    })
  }

  /** Takes the units of a call from Redis, provisionally until `decided` is called. */
  async take(use: CountedUse): Promise<TakenElsewhere> {
    const contest = this.#contests.enter(use.organizationId)
    try {
      for (;;) {
        const { undone } = contest
        const taken = await this.#takeOnce(use, contest)
        if (taken.taken) return taken
        // A competing use may not happen after all: the database may refuse it, or its hold may
        // have expired.
        await Promise.all(contest.undecided)
        if (contest.undone !== undone) continue
        if (!(await this.#returnExpired(use.organizationId))) return taken
      }
    } finally {
      this.#contests.leave(use.organizationId, contest)
    }
  }

  /** The levels of the counters that a call would touch. It keeps no units. */
  async look(use: CountedUse): Promise<readonly SeenLimit[]> {
    const limits = await this.#levels(use)
    if (!limits.some((limit) => limit.refused)) return limits
    // A provisional take shows whether the call could be admitted after all, and when.
    const taken = await this.take(use)
    if (taken.taken) {
      await taken.decided(false)
      return taken.limits
    }
    return merged(await this.#levels(use), taken.limits)
  }

  /** Counts uses that already happened. It refuses none. A negative amount undoes a use. */
  async happened(...uses: readonly CountedUse[]): Promise<void> {
    const [first] = uses
    if (first) await this.#telling.add(first.organizationId, this.#tell(first, uses))
  }

  /** Returns the units of all expired reservations. False: there were none. */
  async returnAllExpired(): Promise<boolean> {
    return this.#returning.run(ALL, () => this.#collect(undefined))
  }

  /** Resolves when all current reports about an organization are done. */
  async told(organizationId: string): Promise<void> {
    const returning = [this.#returning.running(organizationId), this.#returning.running(ALL)]
    await Promise.allSettled([...returning, this.#telling.settled(organizationId)])
  }

  async drain(): Promise<void> {
    await this.#takes.drain()
  }

  /** The organization's limits, after all current reports. */
  async #known(organizationId: string): Promise<Account | undefined> {
    const telling = this.#telling.settled(organizationId)
    if (telling) await telling
    return this.#accounts.get(organizationId)
  }

  /** The level of each counter separately, so that one exceeded limit does not hide the others. */
  async #levels(use: CountedUse): Promise<readonly SeenLimit[]> {
    const { organizationId } = use
    const account = await this.#known(organizationId)
    const touched = account ? touchedBy(account, use, false) : []
    const answers = await Promise.all(
      touched.map(({ slot }) => {
        const wants = [{ counter: slot.counter, units: 0, block: 0 }]
        return this.#takes.submit({ organizationId, wants })
      }),
    )
    const atMs = this.#clock.now().getTime()
    return touched.map((one, place) => {
      const answer = answers[place]
      const [stands] = answer?.taken ? answer.grants : (answer?.refused ?? [])
      return seenElsewhere(one, stands?.level ?? 0, atMs)
    })
  }

  async #takeOnce(use: CountedUse, contest: Contest): Promise<TakenElsewhere> {
    const { organizationId } = use
    const account = await this.#known(organizationId)
    const touched = account ? touchedBy(account, use, false) : []
    if (touched.length === 0) return NOTHING_TAKEN
    const wants = touched.map(({ slot, units }) => ({ counter: slot.counter, units, block: 0 }))
    const taken = await this.#takes.submit({ organizationId, wants })
    const atMs = this.#clock.now().getTime()
    if (taken.taken) {
      const limits = touched.map((one, want) =>
        seenElsewhere(one, (taken.grants[want]?.level ?? 0) - one.units, atMs),
      )
      return { taken: true, limits, decided: this.#undecided(organizationId, wants, contest) }
    }
    return {
      taken: false,
      recallable: taken.refused.some((one) => one.recallable),
      limits: taken.refused.flatMap((one) => {
        const asked = touched[one.want]
        return asked ? [refusedElsewhere(asked, one, atMs)] : []
      }),
    }
  }

  #undecided(organizationId: string, wants: readonly Want[], contest: Contest) {
    const decide = this.#contests.addUndecided(organizationId, contest)
    return async (isUsed: boolean): Promise<void> => {
      if (!isUsed) {
        await this.#give(
          wants.map(({ counter, units }) => ({ organizationId, counter, units, as: 'undone' })),
        )
      }
      decide(isUsed)
    }
  }

  async #tell({ organizationId }: CountedUse, uses: readonly CountedUse[]): Promise<void> {
    const account = await this.#accounts.get(organizationId)
    if (!account) return
    const returns = uses.flatMap((use) =>
      touchedBy(account, use, true).map(
        ({ slot, units }): Return => ({
          organizationId,
          counter: slot.counter,
          units: Math.abs(units),
          as: units < 0 ? 'undone' : 'posted',
        }),
      ),
    )
    await this.#give(returns)
  }

  /** Waits for a return that is in progress, so that Redis is told only once. */
  async #returnExpired(organizationId: string): Promise<boolean> {
    const all = this.#returning.running(ALL)?.catch(() => false)
    const own = this.#returning.run(organizationId, () => this.#collect(organizationId))
    const returned = await Promise.all([own, all])
    return returned.includes(true)
  }

  async #collect(organizationId: string | undefined): Promise<boolean> {
    const at = this.#clock.now()
    const expired = await collectExpired(this.#db, organizationId, at, EXPIRED_AT_A_TIME)
    for (const hold of expired) await this.happened(heldBack(hold))
    return expired.length > 0
  }

  async #give(returns: readonly Return[]): Promise<void> {
    if (returns.length === 0) return
    try {
      await this.#redis.give(returns)
    } catch (error) {
      this.#log.warn(
        { error },
        'Redis could not be told of a use; it is seeded again when it is lost',
      )
    }
  }
}

const touchedBy = (account: Account, use: CountedUse, onlyWindows: boolean): Need[] =>
  account.limits.flatMap((limit) => {
    const units = unitsOf(limit.row, use.amounts)
    const isWindow = !isRate(limit.row.window_name)
    // Imported history does not count for rates, which measure the present.
    if (limit.isPosted || units === 0 || (!isWindow && (onlyWindows || use.backfilled))) return []
    const subject = subjectOf(limit.row, use)
    if (subject === undefined) return []
    return [{ slot: account.newSlot(limit, subject, use.occurredAt.getTime()), units }]
  })

const heldBack = (hold: ExpiredHold): CountedUse => ({
  organizationId: hold.organization_id,
  userId: hold.user_id ?? undefined,
  apiKeyId: hold.api_key_id ?? undefined,
  occurredAt: hold.occurred_at,
  amounts: unitsAsAmounts(hold.quantities, -1n),
})

/** Stored quantities as amounts. Values of unique meters are left out. */
export const unitsAsAmounts = (
  quantities: Readonly<Record<string, number | string>>,
  sign: bigint,
): UsageAmount[] =>
  Object.entries(quantities).flatMap(([meter, units]) =>
    typeof units === 'number' ? [{ meter, units: BigInt(units) * sign }] : [],
  )
