import { z } from 'zod'
import type { CallOptions } from './call.ts'
import { type PageRequest, type Pages, pageOf } from './page.ts'

/** A time at which a job was due, and what became of it. */
const jobRunSchema = z.object({
  job: z.string(),
  scheduledFor: z.iso.datetime(),
  node: z.string().describe('the process that did it'),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
  outcome: z
    .enum(['running', 'lost', 'done', 'failed', 'skipped'])
    .describe('lost: its process was not heard of for a minute; skipped: the run before went on'),
  report: z.record(z.string(), z.unknown()).nullable(),
  error: z.string().nullable(),
})
export type JobRun = z.output<typeof jobRunSchema>
export const jobRunPageSchema = pageOf(jobRunSchema)

/** What is done by a schedule. */
export interface Jobs {
  /** The runs of the last 90 days, the latest first. */
  list(input?: PageRequest, options?: CallOptions): Pages<JobRun>
}
