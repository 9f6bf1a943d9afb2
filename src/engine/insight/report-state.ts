import { createHash } from 'node:crypto'
import { parse } from '../../contract/parse.ts'
import {
  type DailyRequest,
  DEFAULT_DAYS,
  dailyRequestSchema,
  type EndpointsRequest,
  endpointsRequestSchema,
} from '../../contract/usage-reports.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { timezoneOf } from '../../storage/tables/insight.ts'
import { daysState } from '../../storage/tables/report-rollups.ts'
import type { Context } from '../context.ts'
import { existing } from '../tenancy/organizations.ts'
import { coveringDays, reportRange } from './report-range.ts'

const SCHEMAS = { daily: dailyRequestSchema, endpoints: endpointsRequestSchema } as const

/** Differs whenever the report does: by what is asked, the days that it means, and their roll-ups. */
export const reportState = async (
  ctx: Context,
  organizationId: string,
  report: keyof typeof SCHEMAS,
  request: DailyRequest | EndpointsRequest,
): Promise<string> => {
  const asked = parse<(typeof SCHEMAS)[keyof typeof SCHEMAS]>(SCHEMAS[report], request)
  await existing(ctx, organizationId)
  const { days = DEFAULT_DAYS[report], timezone } = asked
  const now = ctx.clock.now()
  const [told, state] = await asOrganization(ctx.db, organizationId, async (tx) => {
    const range = reportRange(now, days, timezone ?? (await timezoneOf(tx, organizationId)))
    return [range.told, await daysState(tx, organizationId, coveringDays(range))] as const
  })
  return createHash('sha256')
    .update(JSON.stringify([report, organizationId, asked, told, state]))
    .digest('base64url')
    .slice(0, 22)
}
