import { processOverage } from '../billing/process-overage.ts'
import type { Context } from '../context.ts'
import { openJobsOnRequest } from './jobs-on-request.ts'
import { type Job, startJob } from './schedule.ts'

const ACTOR = 'schedule'
const PROCESS_OVERAGE = {
  name: 'process-overage',
  does: 'Closes the periods that have ended, invoices them, and collects what is due.',
}

/** Begins everything that has a schedule; stopping waits for what is under way. */
export const startSchedules = (ctx: Context): (() => Promise<void>) => {
  const { schedule } = ctx.billing
  const jobs: Job[] = []
  const run = async () => {
    const { organizations, ...counts } = await processOverage(ctx, {}, { actor: ACTOR })
    // Whom it failed for is in the log; of those that were billed there may be thousands.
    const failed = organizations.filter(({ status }) => status === 'failed').slice(0, 100)
    return { ...counts, organizations: failed }
  }
  if (schedule === undefined) {
    ctx.jobs.open({ ...PROCESS_OVERAGE, schedule: null, isShared: true }, run)
  } else {
    jobs.push({ ...PROCESS_OVERAGE, pattern: schedule, run })
  }
  openJobsOnRequest(ctx)
  const stops = jobs.map((job) => startJob(ctx, job))
  return async () => {
    await Promise.all(stops.map((stop) => stop()))
  }
}
