import { z } from 'zod'
import type { CallOptions } from './call.ts'
import { type PageRequest, type Pages, pageOf } from './page.ts'
import { answered } from './schema-names.ts'

/** One run of a job: when it was due, and its outcome. */
export const jobRunSchema = answered(
  'JobRun',
  z.object({
    id: z.string(),
    job: z.string(),
    scheduledFor: z.iso
      .datetime()
      .describe('when the run was due; for a run on request, when it was requested'),
    requestedBy: z.string().nullable().describe('who requested the run; null: the schedule'),
    node: z.string().describe('the process that ran it'),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    outcome: z
      .enum(['running', 'lost', 'done', 'failed', 'skipped'])
      .describe(
        'running: it is under way, or its process stopped and the next one goes on with it; ' +
          'lost: its process no longer reports, and another process takes over or gave up; ' +
          'skipped: the previous run was still under way, or no process was up and the job does ' +
          'not catch up',
      ),
    attempts: z
      .number()
      .int()
      .describe('how many processes have started it, without those that stopped and gave it back'),
    missed: z
      .number()
      .int()
      .describe(
        'earlier scheduled times at which no process was up, covered by this run; counted up ' +
          'to 500',
      ),
    progress: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('the progress, if the job reports it; at most a few seconds old'),
    report: z.record(z.string(), z.unknown()).nullable(),
    error: z.string().nullable(),
  }),
)
export type JobRun = z.output<typeof jobRunSchema>

/** A background job. */
const jobSchema = z.object({
  job: z.string(),
  does: z.string(),
  schedule: z
    .string()
    .nullable()
    .describe('a cron expression in UTC, or words; null: on request only'),
  catchUp: z
    .enum(['once', 'none'])
    .nullable()
    .describe('how missed times are handled: one run for all of them, or none; null: no schedule'),
  sharedBy: z
    .enum(['all processes', 'each process'])
    .describe('whether one process runs it at each time, or every process does'),
  lastStartedAt: z.iso.datetime().nullable(),
  lastFinishedAt: z.iso.datetime().nullable(),
  lastOutcome: jobRunSchema.shape.outcome.nullable().describe('null: never run'),
  lastError: z.string().nullable(),
  failingSince: z.iso
    .datetime()
    .nullable()
    .describe(
      'the first failure since the last success; for `each process`, of any process that fails',
    ),
  nextAt: z.iso.datetime().nullable(),
  mayRun: z.boolean().describe('whether it can be run on request'),
})
export type Job = z.output<typeof jobSchema>
export const jobRunPageSchema = pageOf(jobRunSchema).extend({
  jobs: z
    .array(jobSchema)
    .describe('every job and its state; for `each process`, the state in the answering process'),
})
export type JobRunPage = z.output<typeof jobRunPageSchema>

/** Background jobs, run on a schedule or on request. */
export interface Jobs {
  /** Lists every job, and the scheduled runs of the last 90 days, latest first. */
  list(input?: PageRequest, options?: CallOptions): Pages<JobRun, JobRunPage>
  /** Starts a job now, whatever its schedule, and returns at once. */
  run(input: { job: string }, options?: CallOptions): Promise<JobRun>
  get(input: { runId: string }, options?: CallOptions): Promise<JobRun>
}
