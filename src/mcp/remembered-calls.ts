import { TollgateError } from '../contract/errors.ts'

/** How many calls are remembered; the oldest are forgotten first. */
const MOST = 1_000

interface Call {
  readonly input: string
  readonly answer: Promise<unknown>
}

/**
 * First answers of what writes, by the key of the call: for operations that keep no key themselves.
 * In this process only, and not beyond its end.
 */
export class RememberedCalls {
  readonly #calls = new Map<string, Call>()

  /** Does it, or gives the first answer for the same key again; what failed is tried anew. */
  async once(
    key: string,
    input: object,
    act: () => Promise<unknown>,
  ): Promise<{ readonly answer: unknown; readonly replayed: boolean }> {
    const text = JSON.stringify(input)
    const before = this.#calls.get(key)
    if (before && before.input !== text) throw new TollgateError('idempotency_conflict')
    if (before) return { answer: await before.answer, replayed: true }
    const answer = act()
    this.#keep(key, { input: text, answer })
    try {
      return { answer: await answer, replayed: false }
    } catch (error) {
      this.#calls.delete(key)
      throw error
    }
  }

  #keep(key: string, call: Call): void {
    const [oldest] = this.#calls.keys()
    if (oldest !== undefined && this.#calls.size >= MOST) this.#calls.delete(oldest)
    this.#calls.set(key, call)
  }
}
