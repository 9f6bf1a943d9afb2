import { Cron } from 'croner'
import { tellEvents } from '../../storage/tables/domain-events.ts'
import { claimJob, finishJob, hearJob, type JobRunName } from '../../storage/tables/job-runs.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'

const HEAR_EVERY_MS = 15_000
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

type Scheduling = Pick<Context, 'db' | 'clock' | 'log' | 'node' | 'jobs'>

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
  const entry = ctx.jobs.open({ name, does, schedule: pattern, isShared: true })
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
    const stopHearing = keepHearing(ctx, run)
    try {
      await finishJob(db, run, { report: await job.run() }, clock.now())
    } catch (error) {
      log.error({ job: job.name, error }, 'a scheduled job failed')
      await jobFailed(ctx, run, String(error))
    } finally {
      stopHearing()
    }
  } catch (error) {
    log.error({ job: job.name, error }, 'a scheduled job could not be written down')
  }
}

/** Written down, and told to whoever listens to the platform, both or neither. */
const jobFailed = ({ db, clock }: Scheduling, run: JobRunName, error: string): Promise<void> =>
  db.transaction(async (tx) => {
    const at = clock.now()
    await finishJob(tx, run, { error }, at)
    const event = told('job.failed', {
      ...{ job: run.job, scheduledFor: run.scheduledFor.toISOString() },
      error: error.slice(0, 500),
    })
    const subject = `job:${run.job}`
    await tellEvents(tx, [{ organizationId: null, subject, ...event, occurredAt: at }])
  })

const keepHearing = ({ db, clock, log }: Scheduling, run: JobRunName): (() => void) => {
  let cancel = () => {}
  const again = (): void => {
    cancel = clock.after(HEAR_EVERY_MS, () => {
      hearJob(db, run, clock.now()).catch((error: unknown) => log.warn({ error }, 'not heard'))
      again()
    })
  }
  again()
  return () => cancel()
}
