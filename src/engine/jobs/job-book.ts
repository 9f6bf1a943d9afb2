import type { Clock } from '../clock.ts'
import type { CatchUp } from './job-table.ts'

/** Something that this process does without being asked. */
export interface KnownJob {
  readonly name: string
  /** What it does, for a person who reads the list. */
  readonly does: string
  /** When: fields as of cron in UTC, or words such as `every 10 s`; null: only when it is asked for. */
  readonly schedule: string | null
  /** What becomes of times at which no process was up; null: it has none. */
  readonly catchUp: CatchUp | null
  /** Whether all processes share its times, of which each is kept in the database. */
  readonly isShared: boolean
}

/** What a job is given by whoever runs it on request. */
interface JobRequest {
  /** What it was asked for, as it was checked; null: its schedule. */
  readonly asked: unknown
  /** Says how far it is, whenever and however often. */
  readonly progress: (how: Readonly<Record<string, unknown>>) => void
  /** Aborted when the engine closes, or the run is another process's by now. */
  readonly signal: AbortSignal
}

/** Does a job once; must be right also when it is done twice, or by two at once. */
export type JobWork = (request: JobRequest) => Promise<object>

/** How the last run ended, in this process. */
export interface LastRun {
  readonly startedAt: Date
  readonly finishedAt: Date | undefined
  readonly error: string | undefined
}

export interface JobState extends KnownJob {
  readonly last: LastRun | undefined
  /** When the first run failed since the last that did not. */
  readonly failingSince: Date | undefined
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
  readonly #works = new Map<string, JobWork>()
  readonly #closing = new AbortController()
  readonly #underWay = new Set<Promise<void>>()

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** In the order in which they were written down. */
  get states(): readonly JobState[] {
    return [...this.#states.values()]
  }

  /** What does a job on request; undefined where nothing does. */
  workOf(name: string): JobWork | undefined {
    return this.#works.get(name)
  }

  /** Lets a run go on by itself; closing ends it and waits for it. */
  follow(run: (signal: AbortSignal) => Promise<void>): void {
    const running = run(this.#closing.signal).finally(() => this.#underWay.delete(running))
    this.#underWay.add(running)
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('Tollgate is closing'))
    await Promise.allSettled(this.#underWay)
  }

  open(job: KnownJob, work?: JobWork): JobEntry {
    const { name } = job
    if (work) this.#works.set(name, work)
    this.#states.set(name, { ...job, last: undefined, failingSince: undefined, nextAt: undefined })
    const change = (part: Partial<Omit<JobState, keyof KnownJob>>): void => {
      this.#states.set(name, { ...(this.#states.get(name) as JobState), ...part })
    }
    return {
      due: (nextAt) => change({ nextAt }),
      run: async (work) => {
        const startedAt = this.#clock.now()
        change({ last: { startedAt, finishedAt: undefined, error: undefined } })
        const ended = (error: string | undefined): void => {
          const since = this.#states.get(name)?.failingSince ?? startedAt
          const failingSince = error === undefined ? undefined : since
          change({ last: { startedAt, finishedAt: this.#clock.now(), error }, failingSince })
        }
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
