import type { Clock } from './clock.ts'

/** When a cached value becomes stale. Without these parts it never does. */
type Expiry<Value> =
  | { readonly clock?: undefined; readonly staleAtMs?: undefined; readonly unknownMs?: undefined }
  | {
      readonly clock: Clock
      readonly staleAtMs: (value: Value, readAtMs: number) => number
      /** How long the absence of a value is cached; not at all by default. */
      readonly unknownMs?: number
    }

type CacheParts<Value, Asked extends readonly unknown[]> = Expiry<Value> & {
  /** The most entries. Beyond that, the entry that was read or validated longest ago is dropped. */
  readonly maxEntries: number
  /** The most that all values may weigh together, for values that differ much in size. */
  readonly weight?: { readonly max: number; readonly of: (value: Value) => number }
  /** Reads a value for `get`. Undefined: it does not exist. */
  readonly read?: (id: string, ...asked: Asked) => Promise<Value | undefined>
  /** Makes each `get` check whether anything was written since (`storage/revision.ts`). */
  readonly revision?: {
    /** The revision now. Undefined: the subject does not exist, and nothing is cached. */
    readonly now: (id: string, ...asked: Asked) => Promise<string | undefined>
    /** The transactions that may be writing now. */
    readonly writers: () => Promise<readonly string[]>
  }
}

interface Entry<Value> {
  readonly value: Value | undefined
  /** From then on it is read again. */
  staleAtMs: number
  readonly weight: number
  /** The revision that was found before the value was read. */
  readonly revision?: string
  /** The transactions that were writing when that revision was first seen, and may not be done. */
  readonly writers?: readonly string[]
}

/** A read that is running, and the one that starts after it. */
interface Flight<Value> {
  value: Promise<Value | undefined>
  next: Promise<Value | undefined> | undefined
}

const FORGOTTEN = Number.NEGATIVE_INFINITY
const NOTHING = { value: undefined, staleAtMs: FORGOTTEN, weight: 0 }

/**
 * The one cache class: values by id. An entry stays until it is stale, is forgotten or must make
 * room. It serves three uses:
 * - `of` computes a value in this process.
 * - `get` reads a value, once for all who ask meanwhile. Whoever changes the value calls `forget`.
 * - `get` with a `revision` returns a cached value only if nothing was written since it was read. A
 *   revision is visible before its transaction commits. So a value is cached only if all who were
 *   writing when its revision was first seen had ended before the read. Whoever asks during a read
 *   shares the next one: no answer is older than its question.
 */
export class Cache<Value, Asked extends readonly unknown[] = []> {
  readonly #parts: CacheParts<Value, Asked>
  /** Ordered by when they were read or validated, the oldest first. */
  readonly #entries = new Map<string, Entry<Value>>()
  readonly #flights = new Map<string, Flight<Value>>()
  #weight = 0

  constructor(parts: CacheParts<Value, Asked>) {
    this.#parts = parts
  }

  /** The cached value if it is fresh, without waiting. */
  known(id: string, nowMs = this.#nowMs()): Value | undefined {
    const entry = this.#entries.get(id)
    return entry && nowMs < entry.staleAtMs ? entry.value : undefined
  }

  /** The last value that was read, even if it is stale. Use it only while the store is away. */
  last(id: string): Value | undefined {
    return this.#entries.get(id)?.value
  }

  /** The cached value if it is fresh and nothing was written since. Reads the revision only. */
  async valid(id: string, ...asked: Asked): Promise<Value | undefined> {
    const revision = await this.#parts.revision?.now(id, ...asked)
    return revision === this.#entries.get(id)?.revision ? this.known(id) : undefined
  }

  /** The cached value, which `make` computes if there is none. */
  of(id: string, make: () => Value): Value {
    const known = this.known(id)
    if (known !== undefined) return known
    const made = make()
    this.#keep(id, made)
    return made
  }

  /** Reads if needed. Undefined: it does not exist. Rejects if the read does. */
  get(id: string, ...asked: Asked): Promise<Value | undefined> {
    const flight = this.#flights.get(id)
    if (!this.#parts.revision) {
      const entry = this.#entries.get(id)
      if (entry && this.#nowMs() < entry.staleAtMs) return Promise.resolve(entry.value)
      return flight ? flight.value : this.#begin(id, asked)
    }
    if (!flight) return this.#begin(id, asked)
    flight.next ??= flight.value.then(over, over).then(() => this.#begin(id, asked))
    return flight.next
  }

  /**
   * The value must be read again before its next use. Returns the value that was forgotten, if any.
   */
  forget(id: string): Value | undefined {
    this.#flights.delete(id)
    const entry = this.#entries.get(id)
    if (!entry || entry.staleAtMs === FORGOTTEN) return undefined
    entry.staleAtMs = FORGOTTEN
    return entry.value
  }

  /** Returns all the values that were forgotten. */
  forgetAll(): Value[] {
    this.#flights.clear()
    return [...this.#entries.keys()].flatMap((id) => this.forget(id) ?? [])
  }

  #begin(id: string, asked: Asked): Promise<Value | undefined> {
    const flight = {} as Flight<Value>
    this.#flights.set(id, flight)
    flight.value = this.#fly(id, asked, flight)
    return flight.value
  }

  async #fly(id: string, asked: Asked, flight: Flight<Value>): Promise<Value | undefined> {
    try {
      if (this.#parts.revision) return await this.#validated(id, asked)
      const value = await this.#parts.read?.(id, ...asked)
      // A read that was forgotten meanwhile may be older than the change, so it is not cached.
      if (this.#flights.get(id) === flight) this.#keep(id, value)
      return value
    } finally {
      if (this.#flights.get(id) === flight && !flight.next) this.#flights.delete(id)
    }
  }

  async #validated(id: string, asked: Asked): Promise<Value | undefined> {
    const { read, revision: revisions } = this.#parts
    const revision = await revisions?.now(id, ...asked)
    if (revision === undefined) return read?.(id, ...asked)
    const entry = this.#entries.get(id)
    const same = entry?.revision === revision ? entry : undefined
    if (same?.value !== undefined && this.#nowMs() < same.staleAtMs) {
      this.#put(id, same)
      return same.value
    }
    const writers = await this.#notDone(same?.writers)
    const value = await read?.(id, ...asked)
    const made = this.#entryOf(value)
    const isGood = writers.length === 0 && this.#nowMs() < made.staleAtMs
    this.#put(id, { ...(isGood ? made : NOTHING), revision, writers })
    return value
  }

  /** Returns the given writers that may not be done. `undefined` stands for all writers now. */
  async #notDone(then: readonly string[] | undefined): Promise<readonly string[]> {
    if (then?.length === 0) return then
    const now = (await this.#parts.revision?.writers()) ?? []
    return then?.filter((writer) => now.includes(writer)) ?? now
  }

  #nowMs(): number {
    return this.#parts.clock?.now().getTime() ?? 0
  }

  #keep(id: string, value: Value | undefined): void {
    if (value === undefined && !this.#parts.unknownMs) this.#drop(id)
    else this.#put(id, this.#entryOf(value))
  }

  #entryOf(value: Value | undefined): Entry<Value> {
    const { staleAtMs, unknownMs = 0, weight } = this.#parts
    const nowMs = this.#nowMs()
    if (value === undefined) return { value, staleAtMs: nowMs + unknownMs, weight: 0 }
    return {
      value,
      staleAtMs: staleAtMs ? staleAtMs(value, nowMs) : Number.POSITIVE_INFINITY,
      weight: weight?.of(value) ?? 0,
    }
  }

  /** Adds the entry as the latest, and drops the oldest ones that exceed the limits. */
  #put(id: string, entry: Entry<Value>): void {
    const { maxEntries, weight } = this.#parts
    this.#drop(id)
    this.#entries.set(id, entry)
    this.#weight += entry.weight
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= maxEntries && this.#weight <= (weight?.max ?? 0)) return
      this.#drop(oldest)
    }
  }

  #drop(id: string): void {
    this.#weight -= this.#entries.get(id)?.weight ?? 0
    this.#entries.delete(id)
  }
}

const over = (): void => {}
