import type { Counter } from '../authority.ts'
import type { ScriptCall } from './connection.ts'
import type { KeyNames } from './key-names.ts'

/**
 * The most items in one call. A script blocks the server, and costs about 10 µs per item, so this
 * is a few milliseconds.
 */
const MAX_ITEMS = 250

/** One call of a script: some items of one organization, in order. */
export interface Batch<Item> {
  readonly organizationId: string
  readonly items: readonly Item[]
  /** The positions of these items in the whole list. */
  readonly positions: readonly number[]
}

/**
 * Groups items into batches by organization, and batches into rounds. Rounds run one after another,
 * and the batches of a round together. An organization is in each round at most once, so its items
 * keep their order.
 */
export const inRounds = <Item extends { readonly organizationId: string }>(
  items: readonly Item[],
): Batch<Item>[][] => {
  const byOrganization = new Map<string, { item: Item; position: number }[]>()
  for (const [position, item] of items.entries()) {
    const own = byOrganization.get(item.organizationId)
    if (own) own.push({ item, position })
    else byOrganization.set(item.organizationId, [{ item, position }])
  }
  const rounds: Batch<Item>[][] = []
  for (const [organizationId, own] of byOrganization) {
    for (let from = 0; from < own.length; from += MAX_ITEMS) {
      const part = own.slice(from, from + MAX_ITEMS)
      const round = from / MAX_ITEMS
      rounds[round] ??= []
      rounds[round].push({
        organizationId,
        items: part.map(({ item }) => item),
        positions: part.map(({ position }) => position),
      })
    }
  }
  return rounds
}

/** The arguments that every script gets first. */
export interface Caller {
  readonly node: string
  readonly leaseTtlMs: number
  /** The time for tests. Empty: the server's clock. */
  readonly time: () => string
}

/** Collects the keys and arguments of one script call. */
export class CallBuilder {
  readonly counters: Counter[] = []
  readonly #keys: string[] = []
  readonly #indexes = new Map<string, number>()
  readonly #args: string[] = []
  readonly #names: KeyNames
  readonly #organizationId: string

  constructor(names: KeyNames, organizationId: string) {
    this.#names = names
    this.#organizationId = organizationId
  }

  add(...args: readonly (string | number)[]): void {
    for (const arg of args) this.#args.push(String(arg))
  }

  /** The index of the counter's key in the script call. */
  indexOf(counter: Counter): number {
    const key = this.#names.counter(this.#organizationId, counter.rule.kind, counter.key)
    const known = this.#indexes.get(key)
    if (known !== undefined) return known
    this.counters.push(counter)
    const index = this.#keys.push(key)
    this.#indexes.set(key, index)
    return index
  }

  /** Adds the four arguments of a counter's rule. */
  addRule({ rule }: Counter): void {
    if (rule.kind === 'window') this.add(rule.kind, rule.max, rule.endMs, '')
    else this.add(rule.kind, rule.max, rule.windowMs, rule.burst)
  }

  /** Builds the call. `seeds` are the levels of counters that may be missing, by index. */
  build({ node, leaseTtlMs, time }: Caller, seeds: ReadonlyMap<number, number>): ScriptCall {
    const seedArgs = this.#keys.map((_, i) => String(seeds.get(i) ?? ''))
    return {
      keys: this.#keys,
      args: [time(), node, String(leaseTtlMs), ...seedArgs, ...this.#args],
    }
  }
}
