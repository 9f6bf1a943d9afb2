import type { SpanContext } from '@opentelemetry/api'
import { presentCause } from '../telemetry/spans.ts'
import { type Done, GroupCommit, type GroupCommitOptions } from './group-commit.ts'

export interface LanesOptions<Item, Result>
  extends Omit<GroupCommitOptions<Item, Result>, 'waits'> {
  readonly organizationOf: (item: Item) => string
  /** Recognizes a wait for a locked organization, and finds which organizations are locked. */
  readonly locks?:
    | {
        readonly isWait: (error: unknown) => boolean
        readonly busyAmong: (organizationIds: readonly string[]) => Promise<ReadonlySet<string>>
      }
    | undefined
}

/**
 * Group commits side by side. An organization always uses the same lane. So its calls keep their
 * order, and two lanes never wait for the same rows. Batches of different lanes overlap.
 *
 * An organization that somebody keeps locked moves to a lane for such organizations, until its
 * calls succeed again. So the others of its lane wait only once, for the time of one lock timeout.
 */
export class Lanes<Item, Result> {
  readonly #lanes: readonly GroupCommit<Item, Result>[]
  readonly #stuckLane: GroupCommit<Item, Result>
  /** The number of items in that lane for each stuck organization. */
  readonly #stuck = new Map<string, number>()
  readonly #organizationOf: (item: Item) => string

  constructor(count: number, { locks, organizationOf, ...options }: LanesOptions<Item, Result>) {
    this.#organizationOf = organizationOf
    const stuckIn = async (items: readonly Item[]) => {
      const ids = [...new Set(items.map(organizationOf))]
      // If a batch has only one organization, that one is stuck.
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
    // The set is nearly always empty, and then nothing is looked up.
    if (this.#stuck.size > 0 && this.#stuck.has(organizationId)) {
      this.#addStuck(organizationId, item, done, cause)
      return
    }
    const lane = this.#lanes[hashOf(organizationId) % this.#lanes.length]
    ;(lane as GroupCommit<Item, Result>).add(item, done, cause)
  }

  /**
   * The organization returns to its own lane when its last item here succeeds, so its calls keep
   * their order.
   */
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

/**
 * FNV-1a over the code units (http://www.isthe.com/chongo/tech/comp/fnv), used only to spread the
 * lanes.
 */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0
  }
  return hash
}
