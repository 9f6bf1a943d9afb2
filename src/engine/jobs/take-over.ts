import { takeOverRuns } from '../../storage/tables/job-runs.ts'
import { every, type Repeating } from './every.ts'
import type { JobWork } from './job-book.ts'
import { PROCESS_JOBS } from './job-table.ts'
import { doRun, leaseFrom } from './one-run.ts'

/** A run that has ended this many processes would probably end this one too. */
const MOST_ATTEMPTS = 3

/** Continues runs of jobs whose processes have died, scheduled or requested. */
export const startTakingOver = (ctx: Repeating): (() => Promise<void>) =>
  every(ctx, PROCESS_JOBS.takeOver, async () => {
    const { db, clock, jobs, log, node } = ctx
    // Otherwise a closing process would take over the runs that it has just given back.
    if (jobs.isClosing) return
    const at = clock.now()
    const mine = jobs.states.flatMap(({ name, isShared }) =>
      isShared && jobs.workOf(name) ? [name] : [],
    )
    const leasing = { node: node.id, at, until: leaseFrom(at) }
    for (const { asked, ...run } of await takeOverRuns(db, mine, MOST_ATTEMPTS, leasing)) {
      log.warn({ job: run.job, scheduledFor: run.scheduledFor }, 'a run is taken over')
      const work = jobs.workOf(run.job) as JobWork
      jobs.follow(async (closing) => {
        try {
          await doRun(ctx, run, { work, asked, closing })
        } catch (error) {
          log.error({ job: run.job, error }, 'how a job ended could not be written down')
        }
      })
    }
  })
