import { endRun, hearJob, type LeasedRun } from '../../storage/tables/job-runs.ts'
import type { Context } from '../context.ts'
import { tracedJob } from '../telemetry/measured-job.ts'
import type { JobWork } from './job-book.ts'

/** A run whose process is not heard of for so long is another's. */
const LEASE_MS = 20_000
const HEAR_EVERY_MS = 5_000
/** Somebody looks on at what was asked for. */
export const WATCHED_EVERY_MS = 2_000

type Running = Pick<Context, 'db' | 'clock' | 'log' | 'measures'>
type Progress = Readonly<Record<string, unknown>>

/** What is done, and for whom. */
interface Doing {
  readonly work: JobWork
  /** What it was asked for, as it was checked; null: its schedule. */
  readonly asked: unknown
  readonly everyMs?: number
  /** Aborted when the engine closes. */
  readonly closing?: AbortSignal
}

/**
 * Does a run that this process has on lease, says now and then that it goes on, and writes down how
 * it ended. Once the lease is another's, or could not be renewed until it was over, the work is told
 * to stop. What is written of it then is written by its successor alone.
 */
export const doRun = async (
  ctx: Running,
  run: LeasedRun,
  { work, asked, everyMs = HEAR_EVERY_MS, closing }: Doing,
): Promise<void> => {
  const { db, clock, log } = ctx
  const { job } = run
  const lost = new AbortController()
  const signal = closing ? AbortSignal.any([lost.signal, closing]) : lost.signal
  let until = leaseFrom(clock.now())
  let latest: Progress | undefined
  let cancel = () => {}
  const hear = async (): Promise<void> => {
    const at = clock.now()
    const next = leaseFrom(at)
    try {
      if (await hearJob(db, run, { at, until: next }, latest)) until = next
      else lost.abort(new Error('another process does this run by now'))
    } catch (error) {
      log.warn({ job, error }, 'a run could not be said to go on')
      if (clock.now() >= until) lost.abort(new Error('the lease of this run is over'))
    }
  }
  const again = (): void => {
    cancel = clock.after(everyMs, () => {
      void hear()
      again()
    })
  }
  again()
  try {
    const progress = (how: Progress): void => {
      latest = how
    }
    const end = await tracedJob(ctx, job, () => work({ asked, signal, progress })).then(
      (report) => ({ report }),
      (error: unknown) => {
        log.error({ job, error }, 'a job failed')
        return { error: String(error) }
      },
    )
    // That it was told to stop is not how it ended: its successor says that.
    if ('error' in end && lost.signal.aborted) return
    if (latest) await hear()
    if (!(await endRun(db, run, end, clock.now()))) {
      log.warn({ job }, 'a run was taken over, and is written down by whoever did so')
    }
  } finally {
    cancel()
  }
}

/** Until when nobody else does what is begun, or heard of, at an instant. */
export const leaseFrom = (at: Date): Date => new Date(at.getTime() + LEASE_MS)
