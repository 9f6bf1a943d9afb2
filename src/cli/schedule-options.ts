import { schedulesOf } from '../engine/jobs/given-schedules.ts'
import type { TollgateOptions } from '../engine/options.ts'
import type { CliContext } from './context.ts'
import { CliFailure } from './failure.ts'

const NEVER = 'never'

/**
 * Reads `TOLLGATE_SCHEDULES`, jobs with their schedules: `aggregate-usage=40 3 * * *;
 * doctor=never`.
 */
export const scheduleOptions = (env: CliContext['env']): Pick<TollgateOptions, 'schedules'> => {
  const text = env.TOLLGATE_SCHEDULES
  if (!text) return {}
  const pairs = text.split(';').map((pair) => pair.split('=').map((part) => part.trim()))
  if (pairs.some(({ length }) => length !== 2)) {
    throw new CliFailure(
      'TOLLGATE_SCHEDULES must be jobs with cron expressions: doctor=30 5 * * *; ' +
        'apply-retention=never.',
    )
  }
  const given = pairs.map(([job, when]) => [job, when === NEVER ? null : when])
  try {
    return { schedules: schedulesOf(Object.fromEntries(given)) }
  } catch (error) {
    throw new CliFailure(`TOLLGATE_SCHEDULES: ${(error as Error).message}.`)
  }
}
