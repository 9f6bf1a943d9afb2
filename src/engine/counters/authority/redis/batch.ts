import type { Counter } from '../authority.ts'
import type { ScriptCall } from './connection.ts'
import type { KeyNames } from './key-names.ts'

/**
 * A server does nothing else while a script runs, so that one call must not take long: at about
 * 10 µs an item this is some milliseconds.
 */
const MAX_ITEMS = 250

/** One call of the server: some of one organization's items, in their order. */
export interface Batch<Item> {
  readonly organizationId: string
  readonly items: readonly Item[]
  /** Where the items stood among all that were given. */
  readonly positions: readonly number[]
}

/**
 * Batches by organization. The rounds are sent one after the other, the batches of one round
 * together: an organization is in a round once, which keeps its items in their order.
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

/** The arguments that every script has before its own. */
export interface Caller {
  readonly node: string
  readonly leaseTtlMs: number
  /** The time for tests, empty for the server's own. */
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

  /** The number by which the script knows the counter's key. */
  indexOf(counter: Counter): number {
    const key = this.#names.counter(this.#organizationId, counter.rule.kind, counter.key)
    const known = this.#indexes.get(key)
    if (known !== undefined) return known
    this.counters.push(counter)
    const index = this.#keys.push(key)
    this.#indexes.set(key, index)
    return index
  }

  /** The four arguments of a counter's rule. */
  addRule({ rule }: Counter): void {
    if (rule.kind === 'window') this.add(rule.kind, rule.max, rule.endMs, '')
    else this.add(rule.kind, rule.max, rule.windowMs, rule.burst)
  }

  /** The call, with what is known of the levels of counters that may not exist, by their index. */
  build({ node, leaseTtlMs, time }: Caller, seeds: ReadonlyMap<number, number>): ScriptCall {
    const seedArgs = this.#keys.map((_, i) => String(seeds.get(i) ?? ''))
    return {
      keys: this.#keys,
      args: [time(), node, String(leaseTtlMs), ...seedArgs, ...this.#args],
    }
  }
}
