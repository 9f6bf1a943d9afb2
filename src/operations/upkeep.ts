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
      '`jobs` is every job: what it does, when it ran last and how that ended, and when it is due ' +
      'next. `items` are the runs of the last 90 days, by a schedule or on request, the latest first: each ' +
      'scheduled time has one, whichever process did it.',
    query: pageRequestSchema,
    output: jobRunPageSchema,
    answer: 'A page of them.',
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
      'Whatever its schedule, in the process that answers, which does not wait for its end: ask for ' +
      'the run by its `id`. While a run of the job is under way in any process, another is refused.',
    params: { job: storableText(100).describe('the name of a job that may run') },
    output: jobRunSchema,
    answer: 'The run, as it begins.',
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
    answer: 'The run: its progress while it goes on, its report or its error when it has ended.',
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
      'Compares the roll-ups and levels of all windows wholly within the range with what the raw ' +
      'events say, and sets them right. Again it finds nothing. A scheduler that can only send a ' +
      'GET may, with the secret as `Authorization: Bearer <CRON_SECRET>`.',
    query: aggregateSchema,
    output: aggregatedSchema,
    answer: 'What differed.',
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
      'By the catalog in force now: for use of a model that had no price, or when a price or an ' +
      'event type was wrong. Without `dryRun: false` it writes nothing and says what would change. ' +
      'Then each event that differs is taken back and another stands in for it, in the same windows; ' +
      'in a period that was billed, the next invoice has an adjustment. Calling again does what is ' +
      'left, and then nothing.',
    body: reratingSchema,
    example: { from: '2026-01-01T00:00:00Z', provider: 'acme-ai', model: 'acme-large' },
    output: reratedSchema,
    answer: 'What would change, or was changed.',
    repeat: 'first',
    problems: ['not_found'],
  }),
] as const
