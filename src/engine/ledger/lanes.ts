import { type Done, GroupCommit, type GroupCommitOptions } from './group-commit.ts'

/**
 * Group commits side by side. An organization always takes the same lane, so that its calls keep
 * their order and two lanes never wait for the same rows; batches of different lanes overlap.
 */
export class Lanes<Item, Result> {
  readonly #lanes: readonly GroupCommit<Item, Result>[]
  readonly #organizationOf: (item: Item) => string

  constructor(
    count: number,
    options: GroupCommitOptions<Item, Result> & { organizationOf: (item: Item) => string },
  ) {
    this.#lanes = Array.from({ length: count }, () => new GroupCommit(options))
    this.#organizationOf = options.organizationOf
  }

  submit(item: Item): Promise<Result> {
    return this.#laneOf(item).submit(item)
  }

  add(item: Item, done: Done<Item, Result>): void {
    this.#laneOf(item).add(item, done)
  }

  #laneOf(item: Item): GroupCommit<Item, Result> {
    const index = hashOf(this.#organizationOf(item)) % this.#lanes.length
    return this.#lanes[index] as GroupCommit<Item, Result>
  }

  get length(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.length, 0)
  }

  get batches(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.batches, 0)
  }

  async drain(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.drain()))
  }
}

/** FNV-1a over the code units (http://www.isthe.com/chongo/tech/comp/fnv): spreads, nothing more. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0
  }
  return hash
}
