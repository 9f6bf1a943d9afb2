import type { UsageEvent } from '../../contract/usage.ts'
import type { Place } from '../../journal/segments.ts'
import type { LeaseSpent } from '../../storage/gate/leases.ts'
import type { UsageAmount, UsageItem } from '../../storage/usage-batch.ts'
import type { Context } from '../context.ts'
import type { Need } from '../counters/needs.ts'
import type { UnmadeUse } from '../ledger/journal-line.ts'
import type { QueuedAsk } from '../ledger/recorder.ts'
import { pricedItem } from '../ledger/usage-item.ts'
import type { PlainAmount, PlainCalls } from './plain-calls.ts'

/** A use that was admitted on a lease and waits to be recorded. */
export interface LeasedUse extends QueuedAsk {
  readonly id: string
  readonly atMs: number
  readonly microCredits: bigint
  /** The units that were debited from leases for it. */
  readonly needs: readonly Need[]
}

/**
 * The use of a plain call. It stores the price and the amounts at the time of the decision. Its row
 * is only made when its batch is written.
 */
export class PlainUse implements LeasedUse, UnmadeUse {
  place: Place | undefined = undefined
  readonly event: UsageEvent
  readonly needs: readonly Need[]
  readonly amounts: readonly PlainAmount[]
  readonly atMs: number
  readonly apiKeyId: string | undefined
  readonly #ctx: Pick<Context, 'catalog' | 'modelCosts' | 'ids'>
  readonly #organizationId: string
  readonly #calls: PlainCalls
  #id: string | undefined
  #item: UsageItem | undefined
  #spent: readonly LeaseSpent[] | undefined

  constructor(
    ctx: Pick<Context, 'catalog' | 'modelCosts' | 'ids'>,
    parts: {
      organizationId: string
      calls: PlainCalls
      event: UsageEvent
      amounts: readonly PlainAmount[]
      atMs: number
      apiKeyId: string | undefined
    },
    needs: readonly Need[],
  ) {
    // Copied, because the caller may change its object afterwards.
    this.event = parts.event.quantities
      ? { ...parts.event, quantities: { ...parts.event.quantities } }
      : { ...parts.event }
    this.needs = needs
    this.amounts = parts.amounts
    this.atMs = parts.atMs
    this.apiKeyId = parts.apiKeyId
    this.#ctx = ctx
    this.#organizationId = parts.organizationId
    this.#calls = parts.calls
  }

  get id(): string {
    this.#id ??= this.#ctx.ids()
    return this.#id
  }

  get microCredits(): bigint {
    return this.#calls.microCredits
  }

  get beginning(): string {
    return this.#calls.beginning
  }

  /** Undefined for a call that names a model, because its cost in dollars must be computed now. */
  get unmade(): UnmadeUse | undefined {
    return this.event.model == null ? this : undefined
  }

  get item(): UsageItem {
    if (this.#item) return this.#item
    const occurredAt = new Date(this.atMs)
    this.#item = pricedItem(this.#ctx, this.#organizationId, this.#calls.type, this.event, {
      id: this.id,
      // This process created the id, so no other event can have it.
      fingerprint: this.id,
      occurredAt,
      receivedAt: occurredAt,
      backfilled: false,
      apiKeyId: this.apiKeyId,
      microCredits: this.microCredits,
      amounts: this.amounts.map(
        ({ meter, units }): UsageAmount => ({ meter, units: BigInt(units) }),
      ),
      verb: 'track',
    })
    return this.#item
  }

  get spent(): readonly LeaseSpent[] {
    this.#spent ??= spentOn(this.needs)
    return this.#spent
  }
}

/** The use of a call that was priced individually. Its row already exists. */
export const pricedUse = (item: UsageItem, needs: readonly Need[]): LeasedUse => ({
  id: item.id,
  atMs: item.receivedAt.getTime(),
  microCredits: item.microCredits,
  needs,
  item: { ...item, verb: 'track' },
  spent: spentOn(needs),
})

/** The leases that the posting of the event uses up. */
const spentOn = (needs: readonly Need[]): LeaseSpent[] =>
  needs
    .filter(({ slot }) => slot.limit.isPosted)
    .map(({ slot, units }) => ({ lease: slot.ref, units }))
