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
    scheduledFor: z.iso.datetime().describe('where somebody asked for it, when they did'),
    requestedBy: z.string().nullable().describe('who asked for it; null: its schedule'),
    node: z.string().describe('the process that did it'),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    outcome: z
      .enum(['running', 'lost', 'done', 'failed', 'skipped'])
      .describe(
        'lost: its process is not heard of, and another one takes it over soon, or gave it up; ' +
          'skipped: the run before went on, or nobody was up and the job does not catch up',
      ),
    attempts: z.number().int().describe('how many processes have begun it'),
    missed: z
      .number()
      .int()
      .describe(
        'times of its schedule before this one at which no process was up, and which it makes up for; at most 500 are counted',
      ),
    progress: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('how far it is, where the job can tell; not older than a few seconds'),
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
    .describe('as of cron in UTC, or in words; null: only when it is asked for'),
  catchUp: z
    .enum(['once', 'none'])
    .nullable()
    .describe(
      'what becomes of times at which no process was up: done once for all of them, or passed over; null: it has no times',
    ),
  sharedBy: z
    .enum(['all processes', 'each process'])
    .describe('whether one of all processes does it at each time, or each of them by itself'),
  lastStartedAt: z.iso.datetime().nullable(),
  lastFinishedAt: z.iso.datetime().nullable(),
  lastOutcome: jobRunSchema.shape.outcome.nullable().describe('null: it has not run yet'),
  lastError: z.string().nullable(),
  failingSince: z.iso
    .datetime()
    .nullable()
    .describe('when the first run failed since the last that did not'),
  nextAt: z.iso.datetime().nullable(),
  mayRun: z.boolean().describe('whether it is done on request, too'),
})
export type Job = z.output<typeof jobSchema>
export const jobRunPageSchema = pageOf(jobRunSchema).extend({
  jobs: z
    .array(jobSchema)
    .describe('every job, and how it stands: for `each process` in the one that answers'),
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
