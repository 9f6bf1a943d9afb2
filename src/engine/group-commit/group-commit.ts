import type { SpanContext } from '@opentelemetry/api'
import { TollgateError } from '../../contract/errors.ts'
import { inSpanOfMany, presentCause } from '../telemetry/spans.ts'

/**
 * Called with the result once an item is committed, or with the error if it has failed for good.
 */
export type Done<Item, Result> = (item: Item, result: Result | undefined, error: unknown) => void

interface Waiting<Item, Result> {
  readonly item: Item
  readonly done: Done<Item, Result>
  /** The caller's span, if it is traced. */
  readonly cause: SpanContext | undefined
}

export interface GroupCommitOptions<Item, Result> {
  /** The name of a batch's span. */
  readonly name: string
  /** Writes a batch in one round trip. The results are in the order of the items. */
  readonly commit: (items: readonly Item[]) => Promise<readonly Result[]>
  /**
   * No two items of a batch may have the same key: the later one waits for the next batch. Without
   * it, any items may share a batch, in their order.
   */
  readonly keyOf?: (item: Item) => string
  readonly maxBatch: number
  /** How many items may wait. If the queue is full, `submit` rejects with `overloaded`. */
  readonly capacity: number
  /** Whether a batch failed because of one item, so that the others can be tried again. */
  readonly isItemFault: (error: unknown) => boolean
  /**
   * Handles a batch that timed out on a lock that only some items need. Undefined: all items fail.
   */
  readonly waits?: Waits<Item> | undefined
}

/** Separates items that wait for somebody's lock, so that the others do not wait with them. */
interface Waits<Item> {
  /** Whether a batch failed because it waited for a lock. */
  readonly isWait: (error: unknown) => boolean
  /** Finds the items of such a batch that need the lock. */
  readonly stuckIn: (items: readonly Item[]) => Promise<(item: Item) => boolean>
}

/**
 * All who ask during a commit share the next one: one round trip and one sync for all of them. A
 * single caller has no added delay. A promise resolves only after its batch is committed.
 */
export class GroupCommit<Item, Result> {
  readonly #options: GroupCommitOptions<Item, Result>
  #waiting: Waiting<Item, Result>[] = []
  #running: Promise<void> | undefined
  #batches = 0

  constructor(options: GroupCommitOptions<Item, Result>) {
    this.#options = options
  }

  get length(): number {
    return this.#waiting.length
  }

  get batches(): number {
    return this.#batches
  }

  /** Resolves with the item's result once it is committed. */
  submit(item: Item): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const done: Done<Item, Result> = (_item, result, error) => {
        if (error === undefined) resolve(result as Result)
        else reject(error)
      }
      this.add(item, done, presentCause())
    })
  }

  /** The same without a promise: one callback may serve any number of items. */
  add(item: Item, done: Done<Item, Result>, cause?: SpanContext): void {
    if (this.#waiting.length >= this.#options.capacity) {
      done(item, undefined, new TollgateError('overloaded'))
      return
    }
    this.#waiting.push({ item, done, cause })
    this.#running ??= this.#run()
  }

  /** Resolves when nothing is waiting or under way. */
  async drain(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #run(): Promise<void> {
    // Waits one microtask, so that callers of the same moment share a batch.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#commit(this.#nextBatch())
    this.#running = undefined
  }

  #nextBatch(): Waiting<Item, Result>[] {
    const { keyOf, maxBatch } = this.#options
    if (!keyOf) return this.#waiting.splice(0, maxBatch)
    const keys = new Set<string>()
    const batch: Waiting<Item, Result>[] = []
    const later: Waiting<Item, Result>[] = []
    let looked = 0
    for (; looked < this.#waiting.length && batch.length < maxBatch; looked++) {
      const waiting = this.#waiting[looked] as Waiting<Item, Result>
      const key = keyOf(waiting.item)
      if (keys.has(key)) later.push(waiting)
      else batch.push(waiting)
      keys.add(key)
    }
    // Looks at no more items than it takes, since thousands may wait behind them.
    this.#waiting.splice(0, looked, ...later)
    return batch
  }

  /** If a batch fails because of an item, it is halved until that item is alone. */
  async #commit(batch: readonly Waiting<Item, Result>[], isRest = false): Promise<void> {
    try {
      const results = await this.#traced(batch)
      this.#batches += 1
      for (const [index, { item, done }] of batch.entries()) done(item, results[index], undefined)
    } catch (error) {
      if (batch.length > 1 && this.#options.isItemFault(error)) {
        const middle = Math.ceil(batch.length / 2)
        await this.#commit(batch.slice(0, middle))
        await this.#commit(batch.slice(middle))
        return
      }
      const isWait = !isRest && this.#options.waits?.isWait(error)
      const rest = isWait ? await this.#withoutStuck(batch, error) : batch
      if (isWait && rest.length > 0) await this.#commit(rest, true)
      else fail(rest, error)
    }
  }

  /**
   * The loop runs in the context of one caller but works for all. So the span belongs to the
   * callers of the batch.
   */
  #traced(batch: readonly Waiting<Item, Result>[]): Promise<readonly Result[]> {
    const causes: SpanContext[] = []
    for (const { cause } of batch) if (cause) causes.push(cause)
    const { name, commit } = this.#options
    return inSpanOfMany(name, causes, () => commit(batch.map(({ item }) => item)))
  }

  /**
   * Fails the items that need the lock, also those waiting behind them. Returns the rest of the
   * batch.
   */
  async #withoutStuck(
    batch: readonly Waiting<Item, Result>[],
    error: unknown,
  ): Promise<readonly Waiting<Item, Result>[]> {
    const isStuck = await this.#options.waits
      ?.stuckIn(batch.map(({ item }) => item))
      // If this cannot be found out, all items count as stuck.
      .catch(() => () => true)
    const stuck = ({ item }: Waiting<Item, Result>) => isStuck?.(item) === true
    const behind = this.#waiting.filter(stuck)
    this.#waiting = this.#waiting.filter((waiting) => !stuck(waiting))
    fail([...batch.filter(stuck), ...behind], error)
    return batch.filter((waiting) => !stuck(waiting))
  }
}

const fail = <Item, Result>(waiting: readonly Waiting<Item, Result>[], error: unknown): void => {
  for (const { item, done } of waiting) done(item, undefined, error ?? new Error('failed'))
}
