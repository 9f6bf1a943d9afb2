import type { Clock } from '../clock.ts'

const MINUTE_MS = 60_000

/** An answer, and until when it stays the same by itself; undefined: it differs with every moment. */
export interface Answer<Value> {
  readonly value: Value
  readonly untilMs: number | undefined
}

interface Kept {
  readonly mark: string
  /** As text: whoever asks gets one of their own. */
  readonly text: string
  readonly untilMs: number
}

/** A mark that was seen while others may not have been done writing, and who they were. */
interface Unsettled {
  readonly mark: string
  readonly writers: readonly string[]
}

interface Asked<Value> {
  /** What is asked: all that the answer depends on but time and what the mark stands for. */
  readonly key: string
  /** The mark as it is now; undefined: of what is not there, nothing is kept. */
  readonly look: () => Promise<string | undefined>
  readonly make: () => Promise<Answer<Value>>
}

/**
 * Answers that were worked out, each given again as long as nothing it is made of has changed: the
 * mark (see `storage/reports/marks.ts`) is looked at for every one who asks, in the store, so what any
 * process writes is seen. And no longer than the minute lasts in which it was made.
 *
 * A mark is there before what it announces is committed. So an answer is kept only if whoever made
 * the mark was done before it was begun: nobody was writing, or nobody is any more who was when the
 * mark was first seen.
 */
export class KeptAnswers<Value> {
  readonly #clock: Clock
  readonly #most: number
  readonly #writers: () => Promise<readonly string[]>
  /** Those that were made or asked for longest ago come first. */
  readonly #kept = new Map<string, Kept>()
  readonly #unsettled = new Map<string, Unsettled>()
  readonly #underWay = new Map<string, Promise<Value>>()

  constructor(parts: {
    readonly clock: Clock
    readonly most: number
    /** Who may be writing now, in the store. */
    readonly writers: () => Promise<readonly string[]>
  }) {
    this.#clock = parts.clock
    this.#most = parts.most
    this.#writers = parts.writers
  }

  async get(asked: Asked<Value>): Promise<Value> {
    const mark = await asked.look()
    if (mark === undefined) return (await asked.make()).value
    const kept = this.#kept.get(asked.key)
    if (kept?.mark === mark && this.#clock.now().getTime() < kept.untilMs) {
      this.#put(this.#kept, asked.key, kept)
      return JSON.parse(kept.text) as Value
    }
    if (!(await this.#isSettled(asked.key, mark))) return (await asked.make()).value
    // Nothing more comes with the mark: who sees it now may be told what was begun under it before.
    const sharedBy = JSON.stringify([asked.key, mark])
    const underWay = this.#underWay.get(sharedBy)
    if (underWay) return structuredClone(await underWay)
    const made = this.#make(asked, mark)
    this.#underWay.set(sharedBy, made)
    try {
      return structuredClone(await made)
    } finally {
      this.#underWay.delete(sharedBy)
    }
  }

  async #make({ key, make }: Asked<Value>, mark: string): Promise<Value> {
    const startedAtMs = this.#clock.now().getTime()
    const { value, untilMs } = await make()
    this.#kept.delete(key)
    if (untilMs !== undefined) {
      const minuteMs = (Math.floor(startedAtMs / MINUTE_MS) + 1) * MINUTE_MS
      const text = JSON.stringify(value)
      this.#put(this.#kept, key, { mark, text, untilMs: Math.min(untilMs, minuteMs) })
    }
    return value
  }

  /** Whether all that the mark announces is there for whoever reads from now on. */
  async #isSettled(key: string, mark: string): Promise<boolean> {
    const earlier = this.#unsettled.get(key)
    const writers = await this.#writers()
    if (writers.length === 0) return true
    if (earlier?.mark !== mark) {
      this.#put(this.#unsettled, key, { mark, writers })
      return false
    }
    return !earlier.writers.some((writer) => writers.includes(writer))
  }

  /** As the latest; the one that is longest ago makes room. */
  #put<Entry>(entries: Map<string, Entry>, key: string, entry: Entry): void {
    entries.delete(key)
    const oldest = entries.keys().next().value
    if (entries.size >= this.#most && oldest !== undefined) entries.delete(oldest)
    entries.set(key, entry)
  }
}
