import { Cron } from 'croner'
import { claimJob, type DueTime, dueThrough } from '../../storage/tables/job-runs.ts'
import type { Repeating } from './every.ts'
import type { JobWork } from './job-book.ts'
import type { SharedJob } from './job-table.ts'
import { doRun, leaseFrom } from './one-run.ts'

/**
 * The longest timer, since timers cannot exceed 24 days. It also limits how late a changed clock is
 * noticed.
 */
const LONGEST_WAIT_MS = 3_600_000
/** The retry delay when the database did not answer. */
const RETRY_MS = 10_000
/** A scheduled time counts as missed when it is later than this. */
const LATE_MS = 60_000
/** At most this many missed times are counted. */
const MOST_MISSED = 500

/** A scheduled job. */
export interface Job extends SharedJob {
  readonly name: string
  readonly schedule: string
  /** It must also be correct if it runs twice, or twice at once, since both may happen. */
  readonly run: JobWork
}

/** Throws on an invalid schedule. */
export const checkSchedule = (pattern: string): void => {
  new Cron(pattern, { timezone: 'UTC', paused: true })
}

/**
 * Runs a job at each time of its schedule. All processes follow the same schedule: the first to
 * claim a time runs it, and the others see that it is taken.
 *
 * The database stores how far the schedule was processed. So the next process that is up finds a
 * missed time, and runs or skips it as the job says. Stopping aborts a run under way that heeds its
 * signal, and waits for it.
 */
export const startJob = (ctx: Repeating, job: Job): (() => Promise<void>) => {
  const { clock } = ctx
  const times = new Cron(job.schedule, { timezone: 'UTC', paused: true })
  const begunAt = clock.now()
  const { name, does, schedule, catchUp } = job
  const entry = ctx.jobs.open({ name, does, schedule, catchUp, isShared: true }, job.run)
  let cancel = () => {}
  let cancelRetry = () => {}
  let stopped = false
  const closing = new AbortController()
  let running: Promise<void> = Promise.resolve()
  const follow = (): void => {
    running = running.then(async () => {
      try {
        if (!stopped) await doWhatIsDue(ctx, job, { times, begunAt, closing: closing.signal })
      } catch (error) {
        ctx.log.error({ job: name, error }, 'a schedule could not be followed; trying again soon')
        cancelRetry()
        if (!stopped) cancelRetry = clock.after(RETRY_MS, follow)
      }
    })
  }
  const waitFor = (time: Date): void => {
    const waitMs = Math.max(0, time.getTime() - clock.now().getTime())
    cancel = clock.after(Math.min(waitMs, LONGEST_WAIT_MS), () => {
      if (stopped) return
      if (clock.now() < time) return waitFor(time)
      follow()
      next()
    })
  }
  const next = (): void => {
    const time = times.nextRun(clock.now())
    entry.due(time ?? undefined)
    if (time) waitFor(time)
  }
  follow()
  next()
  return async () => {
    stopped = true
    cancel()
    cancelRetry()
    closing.abort(new Error('Tollgate is closing'))
    await running
  }
}

/**
 * Runs the last time that has come and is not processed yet, if this process is the first to claim
 * it.
 */
const doWhatIsDue = async (
  ctx: Repeating,
  job: Job,
  {
    times,
    begunAt,
    closing,
  }: { readonly times: Cron; readonly begunAt: Date; readonly closing: AbortSignal },
): Promise<void> => {
  const { db, clock, node } = ctx
  for (;;) {
    const at = clock.now()
    const due = dueTime(job, times, await dueThrough(db, job.name, begunAt), at)
    if (!due) return
    const run = await claimJob(db, due, { node: node.id, at, until: leaseFrom(at) })
    if (run) return doRun(ctx, run, { work: job.run, asked: null, closing })
  }
}

/** Undefined if all times until now are processed. */
const dueTime = (
  { name, catchUp }: Pick<Job, 'name' | 'catchUp'>,
  times: Cron,
  after: Date,
  at: Date,
): DueTime | undefined => {
  // Includes a time at this very instant.
  const [last] = times.previousRuns(1, new Date(at.getTime() + 1))
  if (!last || last <= after) return undefined
  let missed = 0
  let time = times.nextRun(after)
  while (time && time < last && missed < MOST_MISSED) {
    missed += 1
    time = times.nextRun(time)
  }
  const isLate = at.getTime() - last.getTime() > LATE_MS
  return { job: name, scheduledFor: last, after, missed, passesOver: isLate && catchUp === 'none' }
}
