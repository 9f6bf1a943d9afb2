import type { Clock } from '../clock.ts'
import type { CatchUp } from './job-table.ts'

/** A job that this process runs by itself. */
export interface KnownJob {
  readonly name: string
  /** What it does, for a person who reads the list. */
  readonly does: string
  /** Its schedule: cron fields in UTC, or words such as `every 10 s`; null: only on request. */
  readonly schedule: string | null
  /** What happens to scheduled times when no process was up; null: it has no schedule. */
  readonly catchUp: CatchUp | null
  /** True if all processes share its runs, which are stored in the database. */
  readonly isShared: boolean
}

/** The arguments of a job's run. */
interface JobRequest {
  /** The validated input of a request; null for a scheduled run. */
  readonly asked: unknown
  /** Reports the progress, at any time. */
  readonly progress: (how: Readonly<Record<string, unknown>>) => void
  /** Aborted when the engine closes, or when another process has taken the run over. */
  readonly signal: AbortSignal
}

/** Runs a job once. It must also be correct if it runs twice, or twice at once. */
export type JobWork = (request: JobRequest) => Promise<object>

/** The last run in this process. */
export interface LastRun {
  readonly startedAt: Date
  readonly finishedAt: Date | undefined
  readonly error: string | undefined
}

export interface JobState extends KnownJob {
  readonly last: LastRun | undefined
  /** The first failure since the last success. */
  readonly failingSince: Date | undefined
  readonly nextAt: Date | undefined
}

/** How the runner of a job reports to the book. */
export interface JobEntry {
  /** Reports when the next run is due, if that is known. */
  due(at: Date | undefined): void
  /** Runs the work and records its result. It throws what the work throws. */
  run<Value>(work: () => Promise<Value>): Promise<Value>
}

/** The jobs of this process, with their state. */
export class JobBook {
  readonly #clock: Pick<Clock, 'now'>
  readonly #states = new Map<string, JobState>()
  readonly #works = new Map<string, JobWork>()
  readonly #closing = new AbortController()
  readonly #underWay = new Set<Promise<void>>()

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** In the order of registration. */
  get states(): readonly JobState[] {
    return [...this.#states.values()]
  }

  /** The work of a job that can be requested; undefined if it cannot. */
  workOf(name: string): JobWork | undefined {
    return this.#works.get(name)
  }

  /** Lets a run continue in the background. Closing aborts it and waits for it. */
  follow(run: (signal: AbortSignal) => Promise<void>): void {
    const running = run(this.#closing.signal).finally(() => this.#underWay.delete(running))
    this.#underWay.add(running)
  }

  /** True from `close` on: no run may begin here any more. */
  get isClosing(): boolean {
    return this.#closing.signal.aborted
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('Tollgate is closing'))
    // A run that was being taken over may have joined meanwhile.
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay)
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
