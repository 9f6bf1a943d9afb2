import type { CallOptions } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { JobRun } from '../../contract/jobs.ts'
import {
  beginJob,
  findJobRun,
  type JobRunRow,
  type LeasedRun,
} from '../../storage/tables/job-runs.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import type { JobWork } from './job-book.ts'
import { runNameOf, runOf } from './job-run.ts'
import { doRun, leaseFrom, WATCHED_EVERY_MS } from './one-run.ts'

/** Runs a job now, in this process, whatever its schedule. The answer does not wait for its end. */
export const runJob = async (
  ctx: Context,
  { job }: { readonly job: string },
  options: CallOptions = {},
): Promise<JobRun> => runOf(await startRun(ctx, job, null, options), ctx.clock.now())

/** The state of a run. */
export const getJobRun = async (
  ctx: Context,
  { runId }: { readonly runId: string },
): Promise<JobRun> => {
  const name = runNameOf(runId)
  const row = name && (await findJobRun(ctx.db, name))
  if (!row) throw new TollgateError('not_found', { detail: 'there is no such run' })
  return runOf(row, ctx.clock.now())
}

/** Starts a run with an input that the job has validated. Returns its row as it starts. */
export const startRun = async (
  ctx: Context,
  job: string,
  input: object | null,
  options: CallOptions,
): Promise<JobRunRow> => {
  const work = ctx.jobs.workOf(job)
  if (!work) throw new TollgateError('not_found', { detail: `there is no job "${job}" to run` })
  const by = actorOf(options)
  const { run, row } = await ctx.db.transaction(async (tx) => {
    const at = ctx.clock.now()
    const run = await beginJob(tx, job, {
      node: ctx.node.id,
      at,
      until: leaseFrom(at),
      by: by.actor,
      input,
    })
    if (!run) throw new TollgateError('already_exists', { detail: `"${job}" is under way` })
    const act = { category: 'security', action: 'job.started', subject: `job:${job}` } as const
    await appendAudit(tx, ctx, { organizationId: null, ...act, ...by, new: input })
    return { run, row: (await findJobRun(tx, run)) as JobRunRow }
  })
  follow(ctx, run, work, input)
  return row
}

const follow = (ctx: Context, run: LeasedRun, work: JobWork, asked: unknown): void => {
  ctx.jobs.follow(async (closing) => {
    try {
      await doRun(ctx, run, { work, asked, closing, everyMs: WATCHED_EVERY_MS })
    } catch (error) {
      ctx.log.error({ job: run.job, error }, 'how a job ended could not be written down')
    }
  })
}
