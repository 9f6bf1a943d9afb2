import type { UsageEvent } from '../../contract/usage.ts'
import type { Place } from '../../journal/segments.ts'
import type { LeaseSpent } from '../../storage/gate/leases.ts'
import type { UsageAmount, UsageItem } from '../../storage/usage-batch.ts'
import type { CompiledEventType } from '../catalog/compiled-catalog.ts'
import type { Context } from '../context.ts'
import type { Need } from '../counters/refills.ts'
import type { UnmadeUse } from '../ledger/journal-line.ts'
import type { QueuedAsk } from '../ledger/recorder.ts'
import { pricedItem } from '../ledger/usage-item.ts'

/**
 * A use that was let through here and waits to be recorded. It keeps what was decided (the price
 * and the amounts of that moment) and is made into a row only when its batch is written.
 */
export class LeasedUse implements QueuedAsk, UnmadeUse {
  place: Place | undefined = undefined
  readonly beginning: string
  readonly needs: readonly Need[]
  readonly microCredits: bigint
  readonly #ctx: Pick<Context, 'catalog' | 'modelCosts' | 'ids'>
  readonly #organizationId: string
  readonly #type: CompiledEventType
  readonly event: UsageEvent
  readonly amounts: readonly (readonly [meter: string, units: number])[]
  readonly atMs: number
  readonly apiKeyId: string | undefined
  #id: string | undefined
  #item: UsageItem | undefined
  #spent: readonly LeaseSpent[] | undefined

  constructor(
    ctx: Pick<Context, 'catalog' | 'modelCosts' | 'ids'>,
    parts: {
      organizationId: string
      type: CompiledEventType
      beginning: string
      event: UsageEvent
      amounts: readonly (readonly [meter: string, units: number])[]
      microCredits: bigint
      needs: readonly Need[]
      atMs: number
      apiKeyId: string | undefined
    },
  ) {
    this.#ctx = ctx
    this.beginning = parts.beginning
    this.needs = parts.needs
    this.microCredits = parts.microCredits
    this.#organizationId = parts.organizationId
    this.#type = parts.type
    // The caller may go on to change what it handed in.
    this.event = parts.event.quantities
      ? { ...parts.event, quantities: { ...parts.event.quantities } }
      : { ...parts.event }
    this.amounts = parts.amounts
    this.atMs = parts.atMs
    this.apiKeyId = parts.apiKeyId
  }

  get id(): string {
    this.#id ??= this.#ctx.ids()
    return this.#id
  }

  /** Itself, unless it names a model: what that costs is to be written as it is now. */
  get unmade(): UnmadeUse | undefined {
    return this.event.model == null ? this : undefined
  }

  get item(): UsageItem {
    if (this.#item) return this.#item
    const occurredAt = new Date(this.atMs)
    this.#item = pricedItem(this.#ctx, this.#organizationId, this.#type, this.event, {
      id: this.id,
      // Nobody but this process knows the id, so only the same event can come under it again.
      fingerprint: this.id,
      occurredAt,
      receivedAt: occurredAt,
      backfilled: false,
      apiKeyId: this.apiKeyId,
      microCredits: this.microCredits,
      amounts: this.amounts.map(([meter, units]): UsageAmount => ({ meter, units: BigInt(units) })),
      verb: 'track',
    })
    return this.#item
  }

  get spent(): readonly LeaseSpent[] {
    this.#spent ??= this.needs
      .filter(({ slot }) => slot.limit.isPosted)
      .map(({ slot, units }) => ({ lease: slot.ref, units }))
    return this.#spent
  }
}
