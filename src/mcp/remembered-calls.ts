import { TollgateError } from '../contract/errors.ts'

/** The most stored calls. The oldest are dropped first. */
const MOST = 1_000

interface Call {
  readonly input: string
  readonly answer: Promise<unknown>
}

/**
 * Stores first answers of writing tools by idempotency key, for operations that have no key
 * themselves. In this process only.
 */
export class RememberedCalls {
  readonly #calls = new Map<string, Call>()

  /** Runs the action, or returns the first answer for the same key. A failed action is retried. */
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
