import type { SpanContext } from '@opentelemetry/api'
import { presentCause } from '../telemetry/spans.ts'
import { type Done, GroupCommit, type GroupCommitOptions } from './group-commit.ts'

export interface LanesOptions<Item, Result>
  extends Omit<GroupCommitOptions<Item, Result>, 'waits'> {
  readonly organizationOf: (item: Item) => string
  /** Tells a wait for an organization that somebody has locked, and whose that was. */
  readonly locks?:
    | {
        readonly isWait: (error: unknown) => boolean
        readonly busyAmong: (organizationIds: readonly string[]) => Promise<ReadonlySet<string>>
      }
    | undefined
}

/**
 * Group commits side by side. An organization always takes the same lane, so that its calls keep
 * their order and two lanes never wait for the same rows; batches of different lanes overlap.
 *
 * An organization that somebody keeps locked goes to a lane for those alone, until its calls come
 * through again. So the others of its lane wait once, for as long as a lock is waited for.
 */
export class Lanes<Item, Result> {
  readonly #lanes: readonly GroupCommit<Item, Result>[]
  readonly #stuckLane: GroupCommit<Item, Result>
  /** How many items of each organization that is stuck are in that lane. */
  readonly #stuck = new Map<string, number>()
  readonly #organizationOf: (item: Item) => string

  constructor(count: number, { locks, organizationOf, ...options }: LanesOptions<Item, Result>) {
    this.#organizationOf = organizationOf
    const stuckIn = async (items: readonly Item[]) => {
      const ids = [...new Set(items.map(organizationOf))]
      // Who waited alone is who is stuck.
      const stuck = ids.length === 1 ? new Set(ids) : await locks?.busyAmong(ids)
      for (const id of stuck ?? []) this.#stuck.set(id, this.#stuck.get(id) ?? 0)
      return (item: Item) => stuck?.has(organizationOf(item)) === true
    }
    const each = { ...options, waits: locks && { isWait: locks.isWait, stuckIn } }
    this.#lanes = Array.from({ length: count }, () => new GroupCommit(each))
    this.#stuckLane = new GroupCommit(each)
  }

  submit(item: Item): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const done: Done<Item, Result> = (_item, result, error) => {
        if (error === undefined) resolve(result as Result)
        else reject(error)
      }
      this.add(item, done, presentCause())
    })
  }

  add(item: Item, done: Done<Item, Result>, cause?: SpanContext): void {
    const organizationId = this.#organizationOf(item)
    // Nearly always nobody is, and then nobody's id is looked up.
    if (this.#stuck.size > 0 && this.#stuck.has(organizationId)) {
      this.#addStuck(organizationId, item, done, cause)
      return
    }
    const lane = this.#lanes[hashOf(organizationId) % this.#lanes.length]
    ;(lane as GroupCommit<Item, Result>).add(item, done, cause)
  }

  /** It goes back to its own lane when its last item here has come through: so their order stays. */
  #addStuck(
    organizationId: string,
    item: Item,
    done: Done<Item, Result>,
    cause: SpanContext | undefined,
  ): void {
    this.#stuck.set(organizationId, (this.#stuck.get(organizationId) ?? 0) + 1)
    const doneStuck: Done<Item, Result> = (added, result, error) => {
      const left = (this.#stuck.get(organizationId) ?? 1) - 1
      if (left === 0 && error === undefined) this.#stuck.delete(organizationId)
      else this.#stuck.set(organizationId, left)
      done(added, result, error)
    }
    this.#stuckLane.add(item, doneStuck, cause)
  }

  get length(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.length, this.#stuckLane.length)
  }

  get batches(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.batches, this.#stuckLane.batches)
  }

  async drain(): Promise<void> {
    await Promise.all([...this.#lanes, this.#stuckLane].map((lane) => lane.drain()))
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
