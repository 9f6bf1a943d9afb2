import { z } from 'zod'
import { auditListSchema } from '../contract/audit.ts'
import { MAX_PAGE_SIZE } from '../contract/page.ts'
import type { TollgateEngine } from '../contract/tollgate.ts'
import { AUDIT_FORMATS, auditExportReply } from './audit-export.ts'
import { organizationParameters } from './organization-parameters.ts'
import { booleanParameterSchema, integerParameterSchema } from './parameters.ts'
import { json } from './replies.ts'

/** The filters, as a query has them. */
export const auditQuerySchema = auditListSchema.extend({
  from: auditListSchema.shape.from.describe('an instant; only what happened then or later'),
  to: auditListSchema.shape.to.describe('an instant; only what happened before it'),
  resolved: booleanParameterSchema.optional().describe('only what has a resolution, or has none'),
  limit: integerParameterSchema(1, MAX_PAGE_SIZE).optional(),
  format: z
    .enum(AUDIT_FORMATS)
    .optional()
    .describe('all that the filters let through, as a file; without `cursor` and `limit`'),
})

export const auditEntryParameters = z.object({
  sequence: integerParameterSchema(1, Number.MAX_SAFE_INTEGER),
})
export const organizationAuditEntryParameters = organizationParameters.extend(
  auditEntryParameters.shape,
)

/** What both lists answer with. */
export const auditReply = async (
  tollgate: TollgateEngine,
  organizationId: string | null,
  { format, ...query }: z.output<typeof auditQuerySchema>,
): Promise<Response> => {
  if (format === undefined) return json(await tollgate.audit.list(organizationId, query))
  const events = await tollgate.audit.export(organizationId, query)
  return auditExportReply(events, format, `audit-${organizationId ?? 'platform'}`)
}
