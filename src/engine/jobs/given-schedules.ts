import { type Schedules, SHARED_JOBS } from './job-table.ts'
import { checkSchedule } from './schedule.ts'

/**
 * @throws TypeError for an unknown job, a job without a configurable schedule, or an invalid
 * schedule.
 */
export const schedulesOf = (given: Schedules = {}): Schedules => {
  for (const [name, schedule] of Object.entries(given)) {
    if (!Object.hasOwn(SHARED_JOBS, name) || name === 'process-overage') {
      throw new TypeError(`schedules: "${name}" is no job that may have one here`)
    }
    if (schedule === null || schedule === undefined) continue
    try {
      checkSchedule(String(schedule))
    } catch {
      throw new TypeError(`schedules: "${name}" must be as of cron, in UTC: 10 3 * * *`)
    }
  }
  return given
}
