import { Cron } from 'croner'
import { claimJob, type DueTime, dueThrough } from '../../storage/tables/job-runs.ts'
import type { Repeating } from './every.ts'
import type { JobWork } from './job-book.ts'
import type { SharedJob } from './job-table.ts'
import { doRun, leaseFrom } from './one-run.ts'

/** A timer cannot be set for more than 24 days; a clock that is set is followed within this. */
const LONGEST_WAIT_MS = 3_600_000
/** So soon it is asked again where the database did not answer. */
const RETRY_MS = 10_000
/** Later than this a time counts as missed. */
const LATE_MS = 60_000
/** More that were missed are not counted. */
const MOST_MISSED = 500

/** Something that is done by a schedule. */
export interface Job extends SharedJob {
  readonly name: string
  readonly schedule: string
  /** Must be right also when it is done twice, or by two at once: it may be. */
  readonly run: JobWork
}

/** Throws on what is not a schedule. */
export const checkSchedule = (pattern: string): void => {
  new Cron(pattern, { timezone: 'UTC', paused: true })
}

/**
 * Does a job at each time of its schedule. All processes follow the same; the first one that asks
 * does it, and the others see that it was taken. How far it was followed is kept, so a time that
 * nobody was up for is found by whoever is up next, and done once or passed over as the job says.
 * Stopping waits for a run under way.
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
  let running: Promise<void> = Promise.resolve()
  const follow = (): void => {
    running = running.then(async () => {
      try {
        if (!stopped) await doWhatIsDue(ctx, job, { times, begunAt })
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
    await running
  }
}

/** The last time that has come and was not followed yet: by this process, where it is the first. */
const doWhatIsDue = async (
  ctx: Repeating,
  job: Job,
  { times, begunAt }: { readonly times: Cron; readonly begunAt: Date },
): Promise<void> => {
  const { db, clock, node } = ctx
  for (;;) {
    const at = clock.now()
    const due = dueTime(job, times, await dueThrough(db, job.name, begunAt), at)
    if (!due) return
    const run = await claimJob(db, due, { node: node.id, at, until: leaseFrom(at) })
    if (run) return doRun(ctx, run, { work: job.run, asked: null })
  }
}

/** Undefined: it was followed up to now. */
const dueTime = (
  { name, catchUp }: Pick<Job, 'name' | 'catchUp'>,
  times: Cron,
  after: Date,
  at: Date,
): DueTime | undefined => {
  // The one at this very instant has come as well.
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
