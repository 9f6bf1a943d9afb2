import type { Ask, Authority, Refused, Taken, Want } from '../../authority/authority.ts'
import type { SeenLimit } from '../../core/decision.ts'
import type { Database } from '../../storage/database.ts'
import { collectExpired, type ExpiredHold } from '../../storage/tables/reservations.ts'
import type { UsageAmount, UsageItem } from '../../storage/usage-batch.ts'
import type { Clock } from '../clock.ts'
import type { StoreGuard } from '../gate/store-guard.ts'
import { GroupCommit } from '../ledger/group-commit.ts'
import type { Log } from '../options.ts'
import type { Account, LeasedLimit, Slot } from './account.ts'
import type { Accounts } from './accounts.ts'

const EXPIRED_AT_A_TIME = 500

/** Whose use it is and when it was, as far as counters are concerned. */
export type CountedUse = Pick<
  UsageItem,
  'organizationId' | 'userId' | 'apiKeyId' | 'occurredAt' | 'amounts'
> & { readonly backfilled?: boolean }

export type TakenElsewhere =
  | { readonly taken: true; readonly wants: readonly Want[] }
  | { readonly taken: false; readonly limits: readonly SeenLimit[]; readonly recallable: boolean }

/**
 * The counters that Redis owns, kept in step with the ledger: whatever is used, held, given back
 * or undone without Redis having been asked for it is told to it after the commit. Rates count what
 * was asked for and nothing else, so only windows are told.
 */
export class SharedCounters {
  readonly #redis: Authority
  readonly #db: Database
  readonly #clock: Clock
  readonly #log: Log
  readonly #accounts: Accounts
  readonly #takes: GroupCommit<Ask, Taken>

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
      commit: (asks) => guard.run(() => redis.take(asks)),
      // Several asks of one organization are decided in their order.
      keyOf: () => '',
      isUnique: false,
      maxBatch: 1_000,
      capacity: Number.POSITIVE_INFINITY,
      isItemFault: () => false,
    })
  }

  /** Takes what a call needs of the counters here; `wants` says what to undo. */
  async take(use: CountedUse): Promise<TakenElsewhere> {
    const account = await this.#accounts.get(use.organizationId)
    const touched = account ? this.#touched(account, use, false) : []
    if (touched.length === 0) return { taken: true, wants: [] }
    const wants = touched.map(({ slot, units }) => ({ counter: slot.counter, units, block: 0 }))
    const ask = { organizationId: use.organizationId, wants }
    const taken = await this.#takes.submit(ask)
    if (taken.taken) return { taken: true, wants }
    if (await this.#returnExpired(use.organizationId)) return this.take(use)
    const atMs = this.#clock.now().getTime()
    return {
      taken: false,
      recallable: taken.refused.some((one) => one.recallable),
      limits: taken.refused.flatMap((one) => {
        const want = touched[one.want]
        return want ? [seenElsewhere(want.slot, want.units, one, atMs)] : []
      }),
    }
  }

  /** How the counters stand that a call would touch; nothing is taken. */
  async look(use: CountedUse): Promise<readonly SeenLimit[]> {
    const account = await this.#accounts.get(use.organizationId)
    const touched = account ? this.#touched(account, use, false) : []
    if (touched.length === 0) return []
    const wants = touched.map(({ slot }) => ({ counter: slot.counter, units: 0, block: 0 }))
    const taken = await this.#takes.submit({ organizationId: use.organizationId, wants })
    const atMs = this.#clock.now().getTime()
    return touched.map(({ slot, units }, want) => {
      const level = taken.taken ? (taken.grants[want]?.level ?? 0) : 0
      return seenElsewhere(slot, units, { want, level }, atMs)
    })
  }

  async recall(organizationId: string): Promise<void> {
    const account = await this.#accounts.get(organizationId)
    const atMs = this.#clock.now().getTime()
    const limit = account?.limits.find(({ isPosted }) => !isPosted)
    if (account && limit)
      await this.#redis.recall(organizationId, account.slot(limit, '', atMs).counter)
  }

  /** What was taken for a call that came to nothing. */
  async undo(organizationId: string, wants: readonly Want[]): Promise<void> {
    await this.#give(
      wants.map(({ counter, units }) => ({
        organizationId,
        counter,
        units,
        as: 'undone' as const,
      })),
    )
  }

  /** A use that nobody asked for: it counts, and is never refused. Below zero: one that is undone. */
  async happened(use: CountedUse): Promise<void> {
    const account = await this.#accounts.get(use.organizationId)
    if (!account) return
    await this.#give(
      this.#touched(account, use, true).map(({ slot, units }) => ({
        organizationId: use.organizationId,
        counter: slot.counter,
        units: Math.abs(units),
        as: units < 0 ? ('undone' as const) : ('spent' as const),
      })),
    )
  }

  /** Gives back what expired reservations held. Whether there was any. */
  async returnAllExpired(): Promise<boolean> {
    return this.#returnExpired(undefined)
  }

  async close(): Promise<void> {
    await this.#takes.drain()
    await this.#redis.close()
  }

  async #returnExpired(organizationId: string | undefined): Promise<boolean> {
    const at = this.#clock.now()
    const expired = await collectExpired(this.#db, organizationId, at, EXPIRED_AT_A_TIME)
    for (const hold of expired) await this.happened(heldBack(hold))
    return expired.length > 0
  }

  async #give(returns: Parameters<Authority['give']>[0]): Promise<void> {
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

  #touched(
    account: Account,
    use: CountedUse,
    onlyWindows: boolean,
  ): { slot: Slot; units: number }[] {
    return account.limits.flatMap((limit) => {
      const units = unitsOf(limit, use)
      const isWindow = limit.row.window_name !== 'minute'
      // History that is brought in touches no rate, which is of the present.
      if (limit.isPosted || units === 0 || (!isWindow && (onlyWindows || use.backfilled))) return []
      const { per } = limit.row
      const subject = per === 'organization' ? '' : per === 'user' ? use.userId : use.apiKeyId
      if (subject === undefined) return []
      return [{ slot: account.newSlot(limit, subject, use.occurredAt.getTime()), units }]
    })
  }
}

const unitsOf = ({ row }: LeasedLimit, { amounts }: CountedUse): number =>
  Number(amounts.find(({ meter }) => meter === row.meter)?.units ?? 0n)

const heldBack = (hold: ExpiredHold): CountedUse => ({
  organizationId: hold.organization_id,
  userId: hold.user_id ?? undefined,
  apiKeyId: hold.api_key_id ?? undefined,
  occurredAt: hold.occurred_at,
  amounts: unitsAsAmounts(hold.quantities, -1n),
})

/** Flows of kept quantities as amounts; members of unique meters are no amounts. */
export const unitsAsAmounts = (
  quantities: Readonly<Record<string, number | string>>,
  sign: bigint,
): UsageAmount[] =>
  Object.entries(quantities).flatMap(([meter, units]) =>
    typeof units === 'number' ? [{ meter, units: BigInt(units) * sign }] : [],
  )

const seenElsewhere = (
  { limit: { row }, ref, counter }: Slot,
  units: number,
  {
    level,
    retryAfterMs,
  }: Pick<Refused, 'level'> & { want: number; retryAfterMs?: number | undefined },
  atMs: number,
): SeenLimit => ({
  meter: row.meter,
  window: row.window_name,
  per: row.per,
  subject: ref.subject,
  startMs: ref.startMs === 0 ? atMs : ref.startMs,
  max: row.max ?? undefined,
  behavior: row.behavior,
  burst: row.burst ?? undefined,
  cap: row.cap ?? undefined,
  before: BigInt(level),
  asked: BigInt(units),
  refused:
    retryAfterMs !== undefined ||
    level + units > (counter.rule.kind === 'rate' ? counter.rule.burst : counter.rule.max),
})
