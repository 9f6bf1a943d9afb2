import type { Context } from '../context.ts'
import type { Partitions } from '../ledger/partitions.ts'
import { SHARED_JOBS, type SharedJobName } from './job-table.ts'
import { startJob } from './schedule.ts'
import { sharedWorks } from './shared-works.ts'

/**
 * Starts all shared jobs: by schedule those that have one, on request the others. Stopping waits
 * for runs under way.
 */
export const startSchedules = (ctx: Context, partitions: Partitions): (() => Promise<void>) => {
  const works = sharedWorks(ctx, partitions)
  const stops: (() => Promise<void>)[] = []
  for (const name of Object.keys(SHARED_JOBS) as SharedJobName[]) {
    const run = works[name]
    if (!run) continue
    const { does, catchUp } = SHARED_JOBS[name]
    const schedule = scheduleOf(ctx, name)
    if (schedule !== null) stops.push(startJob(ctx, { name, does, catchUp, schedule, run }))
    else ctx.jobs.open({ name, does, schedule, catchUp: null, isShared: true }, run)
  }
  return async () => {
    await Promise.all(stops.map((stop) => stop()))
  }
}

const scheduleOf = ({ billing, schedules }: Context, name: SharedJobName): string | null => {
  if (name === 'process-overage') return billing.schedule ?? null
  const given = schedules[name]
  return given === undefined ? SHARED_JOBS[name].schedule : given
}
