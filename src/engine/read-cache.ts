import type { Clock } from './clock.ts'

interface Entry<Value> {
  readonly value: Value | undefined
  /** From when on it is read again. */
  staleAtMs: number
}

interface ReadCacheParts<Value> {
  readonly clock: Clock
  /** How many are remembered; then the one goes that was read longest ago. */
  readonly maxEntries: number
  /** Undefined: there is no such thing. */
  readonly read: (id: string) => Promise<Value | undefined>
  readonly staleAtMs: (value: Value, readAtMs: number) => number
  /** How long it is remembered that there is no such thing. */
  readonly unknownMs: number
}

const FORGOTTEN = Number.NEGATIVE_INFINITY

/** What was read by its id, remembered until it is stale, is forgotten or must make room. */
export class ReadCache<Value> {
  readonly #parts: ReadCacheParts<Value>
  /** Those that were read longest ago come first. */
  readonly #entries = new Map<string, Entry<Value>>()
  readonly #reading = new Map<string, Promise<Value | undefined>>()

  constructor(parts: ReadCacheParts<Value>) {
    this.#parts = parts
  }

  /** Without any waiting, when it is remembered and fresh. */
  known(id: string, nowMs = this.#parts.clock.now().getTime()): Value | undefined {
    const entry = this.#entries.get(id)
    return entry && nowMs < entry.staleAtMs ? entry.value : undefined
  }

  /** As it was when it was last read: for the time when the store is away, and for nothing else. */
  last(id: string): Value | undefined {
    return this.#entries.get(id)?.value
  }

  /** Read when it has to be, once for all who ask meanwhile. */
  async get(id: string): Promise<Value | undefined> {
    const entry = this.#entries.get(id)
    if (entry && this.#parts.clock.now().getTime() < entry.staleAtMs) return entry.value
    const reading = this.#reading.get(id) ?? this.#read(id)
    return reading
  }

  /** It is read again before it is of use again. What is forgotten by that, if anything was. */
  forget(id: string): Value | undefined {
    this.#reading.delete(id)
    const entry = this.#entries.get(id)
    if (!entry || entry.staleAtMs === FORGOTTEN) return undefined
    entry.staleAtMs = FORGOTTEN
    return entry.value
  }

  /** All that is forgotten by it. */
  forgetAll(): Value[] {
    this.#reading.clear()
    return [...this.#entries.keys()].flatMap((id) => this.forget(id) ?? [])
  }

  #read(id: string): Promise<Value | undefined> {
    const reading = this.#parts.read(id).then(
      (value) => {
        // A reading that was forgotten meanwhile may be older than the change: not kept.
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
