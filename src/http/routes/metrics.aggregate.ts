import { z } from 'zod'
import { invalid } from '../../contract/errors.ts'
import { aggregateQuerySchema } from '../insight-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

const DAY_MS = 86_400_000
const DEFAULT_DAYS_BEFORE = 2
const MOST_SHOWN = 200

export const aggregatedSchema = z.object({
  from: z.iso.datetime().describe('windows that begin before raw events are whole are left alone'),
  to: z.iso.datetime(),
  repaired: z.boolean(),
  events: z.number().int().describe('all that are kept'),
  differencesInAll: z.number().int(),
  differences: z
    .array(
      z.object({
        organizationId: z.string(),
        what: z.string().describe('a roll-up by its dimension, latency, bucket or hold'),
        window: z.string(),
        windowStart: z.iso.datetime(),
        key: z.string(),
        stored: z.unknown(),
        recomputed: z.unknown(),
      }),
    )
    .describe(`the first ${MOST_SHOWN}, as they were before they were repaired`),
})

/** Recomputes the roll-ups of a range. */
export const metricsAggregate = defineRoute({
  operationId: 'metrics.aggregate',
  method: 'post',
  path: '/api/admin/metrics/aggregate',
  access: 'cron',
  tag: 'Operation',
  summary: 'Recompute roll-ups from raw events',
  description:
    'Compares the roll-ups and levels of all windows wholly within the range with what the raw ' +
    'events say, and sets them right. Again it finds nothing.',
  query: aggregateQuerySchema,
  answers: { 200: { description: 'What differed.', schema: aggregatedSchema } },
  run: async ({ tollgate, query, now }) => {
    const { repair = true } = query
    const today = Math.floor(now().getTime() / DAY_MS) * DAY_MS
    const from = query.startDate ?? new Date(today - DEFAULT_DAYS_BEFORE * DAY_MS)
    const to = query.endDate ?? new Date(today + DAY_MS)
    if (to <= from) throw invalid({ field: 'endDate', message: 'must be after startDate' })
    const found = await tollgate.aggregate({ from, to, repair })
    const text = JSON.stringify(found.differences.slice(0, MOST_SHOWN), (_key, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    )
    return json({
      from: found.from.toISOString(),
      to: found.to.toISOString(),
      repaired: repair,
      events: Number(found.events),
      differencesInAll: found.differences.length,
      differences: JSON.parse(text),
    })
  },
})
