import { jobRunPageSchema, jobRunSchema } from '../contract/jobs.ts'
import { pageRequestSchema } from '../contract/page.ts'
import { reratedSchema, reratingSchema } from '../contract/rerating.ts'
import { storableText } from '../contract/text.ts'
import { aggregatedSchema, aggregateSchema } from '../contract/usage-reports.ts'
import { operation } from './operation.ts'

export const upkeepOperations = [
  operation({
    name: 'jobs.list',
    method: 'get',
    path: '/api/admin/jobs',
    right: 'admin',
    tag: 'Operation',
    summary: 'List jobs and their runs',
    description:
      'jobs` lists every job: what it does, its last run and result, and its next run. ' +
      '`items` are the runs of the last 90 days, scheduled or on request, latest first. Each ' +
      'scheduled time has one run, whichever process did it.',
    query: pageRequestSchema,
    output: jobRunPageSchema,
    answer: 'A page of runs.',
    repeat: 'read',
  }),
  operation({
    name: 'jobs.run',
    method: 'post',
    path: '/api/admin/jobs/{job}/run',
    right: 'admin',
    tag: 'Operation',
    summary: 'Run a job now',
    description:
      'Starts a job whatever its schedule, in the answering process, and returns at once. Read ' +
      'the run by its `id`. While a run of the job is under way in any process, another one is ' +
      'refused.',
    params: { job: storableText(100).describe('the name of a job that can be run on request') },
    output: jobRunSchema,
    answer: 'The run that was started.',
    repeat: 'never',
    problems: ['not_found', 'already_exists'],
    http: { status: 201 },
  }),
  operation({
    name: 'jobs.get',
    method: 'get',
    path: '/api/admin/jobs/runs/{runId}',
    right: 'admin',
    tag: 'Operation',
    summary: 'Get a run of a job',
    output: jobRunSchema,
    answer: 'The run: its progress while it is under way, then its report or error.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'usage.aggregate',
    method: 'post',
    path: '/api/admin/metrics/aggregate',
    right: 'cron',
    tag: 'Operation',
    summary: 'Recompute roll-ups from raw events',
    description:
      'Compares the roll-ups and levels of all windows wholly within the range with the raw ' +
      'events, and corrects them. A repeated call finds nothing. A scheduler that can only ' +
      'send GET may call it, with the secret as `Authorization: Bearer <CRON_SECRET>`.',
    query: aggregateSchema,
    output: aggregatedSchema,
    answer: 'The differences.',
    repeat: 'first',
  }),
  operation({
    name: 'usage.rerate',
    method: 'post',
    path: '/api/admin/usage/rerate',
    right: 'admin',
    tag: 'Operation',
    summary: 'Re-rate past usage',
    description:
      'Prices past use again by the catalog in force: for a model that had no price, or after ' +
      'a wrong price or event type. By default it writes nothing and reports the changes. With ' +
      '`dryRun: false`, each event that differs is reversed and replaced, in the same windows. ' +
      'If the period was billed, the next invoice contains an adjustment. A repeated call does ' +
      'what is left, and then nothing.',
    body: reratingSchema,
    example: { from: '2026-01-01T00:00:00Z', provider: 'acme-ai', model: 'acme-large' },
    output: reratedSchema,
    answer: 'The changes, planned or made.',
    repeat: 'first',
    problems: ['not_found'],
  }),
] as const
