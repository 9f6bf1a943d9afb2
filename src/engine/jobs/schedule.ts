import { Cron } from 'croner'
import { claimJob, type JobRunName } from '../../storage/tables/job-runs.ts'
import type { Context } from '../context.ts'
import { doRun } from './one-run.ts'

/** A timer cannot be set for more than 24 days; a clock that is set is followed within this. */
const LONGEST_WAIT_MS = 3_600_000

/** Something that is done by a schedule. */
export interface Job {
  readonly name: string
  /** What it does, for a person who reads the list. */
  readonly does: string
  /** Five or six fields as of cron, in UTC. */
  readonly pattern: string
  /** Must be right also when it is done twice, or by two at once: it may be. */
  readonly run: () => Promise<object>
}

type Scheduling = Pick<Context, 'db' | 'clock' | 'log' | 'node' | 'jobs' | 'measures'>

/** Throws on what is not a schedule. */
export const checkSchedule = (pattern: string): void => {
  new Cron(pattern, { timezone: 'UTC', paused: true })
}

/**
 * Does a job at each time of its schedule. All processes are told the same; the first one that asks
 * does it, and the others see that it was taken. A time at which none was up is not made up for.
 * Stopping waits for a run under way.
 */
export const startJob = (ctx: Scheduling, job: Job): (() => Promise<void>) => {
  const times = new Cron(job.pattern, { timezone: 'UTC', paused: true })
  const { name, does, pattern } = job
  const known = { name, does, schedule: pattern, isShared: true }
  const entry = ctx.jobs.open(known, job.run)
  let cancel = () => {}
  let stopped = false
  let running: Promise<void> = Promise.resolve()
  const waitFor = (time: Date): void => {
    const waitMs = Math.max(0, time.getTime() - ctx.clock.now().getTime())
    cancel = ctx.clock.after(Math.min(waitMs, LONGEST_WAIT_MS), () => {
      if (stopped) return
      if (ctx.clock.now() < time) return waitFor(time)
      running = running.then(() => runOnce(ctx, job, time))
      next()
    })
  }
  const next = (): void => {
    const time = times.nextRun(ctx.clock.now())
    entry.due(time ?? undefined)
    if (time) waitFor(time)
  }
  next()
  return async () => {
    stopped = true
    cancel()
    await running
  }
}

const runOnce = async (ctx: Scheduling, job: Job, scheduledFor: Date): Promise<void> => {
  const { db, clock, log } = ctx
  const run: JobRunName = { job: job.name, scheduledFor }
  try {
    if (!(await claimJob(db, run, ctx.node.id, clock.now()))) return
    await doRun(ctx, run, job.run)
  } catch (error) {
    log.error({ job: job.name, error }, 'a scheduled job could not be written down')
  }
}
