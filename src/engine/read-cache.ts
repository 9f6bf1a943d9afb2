import type { Clock } from './clock.ts'

interface Entry<Value> {
  readonly value: Value | undefined
  /** From then on it is read again. */
  staleAtMs: number
}

interface ReadCacheParts<Value> {
  readonly clock: Clock
  /** The most entries. Beyond that, the entry that was read longest ago is dropped. */
  readonly maxEntries: number
  /** Undefined: it does not exist. */
  readonly read: (id: string) => Promise<Value | undefined>
  readonly staleAtMs: (value: Value, readAtMs: number) => number
  /** How long the absence of a value is cached. */
  readonly unknownMs: number
}

const FORGOTTEN = Number.NEGATIVE_INFINITY

/** A cache of values by id. An entry stays until it is stale, is forgotten or must make room. */
export class ReadCache<Value> {
  readonly #parts: ReadCacheParts<Value>
  /** Ordered by when they were read, the oldest first. */
  readonly #entries = new Map<string, Entry<Value>>()
  readonly #reading = new Map<string, Promise<Value | undefined>>()

  constructor(parts: ReadCacheParts<Value>) {
    this.#parts = parts
  }

  /** The cached value if it is fresh, without waiting. */
  known(id: string, nowMs = this.#parts.clock.now().getTime()): Value | undefined {
    const entry = this.#entries.get(id)
    return entry && nowMs < entry.staleAtMs ? entry.value : undefined
  }

  /** The last value that was read, even if it is stale. Use it only while the store is away. */
  last(id: string): Value | undefined {
    return this.#entries.get(id)?.value
  }

  /** Reads if needed, once for all who ask meanwhile. */
  async get(id: string): Promise<Value | undefined> {
    const entry = this.#entries.get(id)
    if (entry && this.#parts.clock.now().getTime() < entry.staleAtMs) return entry.value
    const reading = this.#reading.get(id) ?? this.#read(id)
    return reading
  }

  /**
   * The value must be read again before its next use. Returns the value that was forgotten, if any.
   */
  forget(id: string): Value | undefined {
    this.#reading.delete(id)
    const entry = this.#entries.get(id)
    if (!entry || entry.staleAtMs === FORGOTTEN) return undefined
    entry.staleAtMs = FORGOTTEN
    return entry.value
  }

  /** Returns all the values that were forgotten. */
  forgetAll(): Value[] {
    this.#reading.clear()
    return [...this.#entries.keys()].flatMap((id) => this.forget(id) ?? [])
  }

  #read(id: string): Promise<Value | undefined> {
    const reading = this.#parts.read(id).then(
      (value) => {
        // A read that was forgotten meanwhile may be older than the change, so it is not cached.
        if (this.#reading.get(id) === reading) {
          this.#reading.delete(id)
          this.#keep(id, value)
        }
        return value
      },
      (error: unknown) => {
        if (this.#reading.get(id) === reading) this.#reading.delete(id)
        throw error
      },
    )
    this.#reading.set(id, reading)
    return reading
  }

  #keep(id: string, value: Value | undefined): void {
    const { clock, maxEntries, staleAtMs, unknownMs } = this.#parts
    const nowMs = clock.now().getTime()
    this.#entries.delete(id)
    if (value === undefined && unknownMs === 0) return
    if (this.#entries.size >= maxEntries) {
      const oldest = this.#entries.keys().next().value
      if (oldest !== undefined) this.#entries.delete(oldest)
    }
    this.#entries.set(id, {
      value,
      staleAtMs: value === undefined ? nowMs + unknownMs : staleAtMs(value, nowMs),
    })
  }
}
