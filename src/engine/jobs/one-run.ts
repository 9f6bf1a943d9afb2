import { endRun, hearJob, type LeasedRun, releaseRun } from '../../storage/tables/job-runs.ts'
import type { Context } from '../context.ts'
import { STOPPED, tracedJob } from '../telemetry/measured-job.ts'
import type { JobWork } from './job-book.ts'

/** Without a renewal for this long, another process takes the run over. */
const LEASE_MS = 20_000
const HEAR_EVERY_MS = 5_000
/** For requested runs, whose progress somebody watches. */
export const WATCHED_EVERY_MS = 2_000

type Running = Pick<Context, 'db' | 'clock' | 'log' | 'measures'>
type Progress = Readonly<Record<string, unknown>>

/** The work, and its request. */
interface Doing {
  readonly work: JobWork
  /** The validated input of a request; null for a scheduled run. */
  readonly asked: unknown
  readonly everyMs?: number
  /** Aborted when the engine closes. */
  readonly closing?: AbortSignal
}

/**
 * Executes a run that this process has on lease, renews the lease, and stores the result.
 *
 * If another process takes the lease, or it expires before it can be renewed, the work is aborted.
 * Its result is then not stored: only the successor stores one.
 *
 * If the engine closes, work that heeds its signal is aborted, and the run is given back: to stop is
 * not to fail. Other work ends, and its result is stored.
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
    const end = await tracedJob(ctx, job, () => work({ asked, signal, progress }), closing).then(
      (report) => (report === STOPPED ? STOPPED : { report }),
      (error: unknown) => {
        log.error({ job, error }, 'a job failed')
        return { error: String(error) }
      },
    )
    if (end === STOPPED) {
      cancel()
      await releaseRun(db, run, clock.now())
      return
    }
    // The abort is no result of the run: the successor stores one.
    if ('error' in end && lost.signal.aborted) return
    if (latest) await hear()
    if (!(await endRun(db, run, end, clock.now()))) {
      log.warn({ job }, 'a run was taken over, and is written down by whoever did so')
    }
  } finally {
    cancel()
  }
}

/** The end of a lease that was taken or renewed at an instant. */
export const leaseFrom = (at: Date): Date => new Date(at.getTime() + LEASE_MS)
