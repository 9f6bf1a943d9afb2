import { createHash } from 'node:crypto'
import type { z } from 'zod'
import type { Owned } from '../../contract/call.ts'
import { DEFAULT_DAYS, type endpointsRequestSchema } from '../../contract/usage-reports.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { timezoneOf } from '../../storage/reports/insight.ts'
import { daysState } from '../../storage/reports/report-rollups.ts'
import type { Context } from '../context.ts'
import { existing } from '../tenancy/organizations.ts'
import { coveringDays, reportRange } from './report-range.ts'

/** Differs whenever the report does: by what is asked, the days that it means, and their roll-ups. */
export const reportState = async (
  ctx: Context,
  report: 'daily' | 'endpoints',
  { organizationId, ...asked }: Owned<z.output<typeof endpointsRequestSchema>>,
): Promise<string> => {
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
