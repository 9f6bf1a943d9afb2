import type { Clock } from '../clock.ts'

/** Something that this process does without being asked. */
export interface KnownJob {
  readonly name: string
  /** What it does, for a person who reads the list. */
  readonly does: string
  /** When: fields as of cron in UTC, or words such as `every 10 s`; null: only when it is asked for. */
  readonly schedule: string | null
  /** Whether all processes share its times, of which each is kept in the database. */
  readonly isShared: boolean
}

/** How the last run ended, in this process. */
export interface LastRun {
  readonly startedAt: Date
  readonly finishedAt: Date | undefined
  readonly error: string | undefined
}

export interface JobState extends KnownJob {
  readonly last: LastRun | undefined
  readonly nextAt: Date | undefined
}

/** What an entry of the book is told by whoever does the job. */
export interface JobEntry {
  /** When it will be done next, as far as that is known. */
  due(at: Date | undefined): void
  /** Does it, and writes down how that ended; what it throws is thrown on. */
  run<Value>(work: () => Promise<Value>): Promise<Value>
}

/** Which jobs there are, and how each stands in this process. */
export class JobBook {
  readonly #clock: Pick<Clock, 'now'>
  readonly #states = new Map<string, JobState>()

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** In the order in which they were written down. */
  get states(): readonly JobState[] {
    return [...this.#states.values()]
  }

  open(job: KnownJob): JobEntry {
    const { name } = job
    this.#states.set(name, { ...job, last: undefined, nextAt: undefined })
    const change = (part: Partial<Pick<JobState, 'last' | 'nextAt'>>): void => {
      this.#states.set(name, { ...(this.#states.get(name) as JobState), ...part })
    }
    return {
      due: (nextAt) => change({ nextAt }),
      run: async (work) => {
        const startedAt = this.#clock.now()
        change({ last: { startedAt, finishedAt: undefined, error: undefined } })
        const ended = (error: string | undefined): void =>
          change({ last: { startedAt, finishedAt: this.#clock.now(), error } })
        try {
          const value = await work()
          ended(undefined)
          return value
        } catch (error) {
          ended(String(error).slice(0, 2_000))
          throw error
        }
      },
    }
  }
}
