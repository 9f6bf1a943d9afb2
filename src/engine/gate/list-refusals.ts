import type { z } from 'zod'
import type { DecisionReason } from '../../contract/decision.ts'
import { invalid } from '../../contract/errors.ts'
import { DEFAULT_PAGE_SIZE, noCursor, pageFrom } from '../../contract/page.ts'
import type { Refusal, RefusalPage, refusalListSchema } from '../../contract/refusals.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import {
  type RefusalQuery,
  type RefusedByLimits,
  type RefusedOtherwise,
  refusedByLimits,
  refusedOtherwise,
} from '../../storage/reports/refusal-list.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import type { Context } from '../context.ts'
import { existing } from '../tenancy/organizations.ts'
import { keptDecisionValue } from './track.ts'

const DAY_MS = 86_400_000
/** Reasons for a refusal before any limit is checked, or when no limit can be checked. */
const OTHER_REASONS: readonly DecisionReason[] = [
  'feature_not_included',
  'subscription_paused',
  'subscription_ended',
  'unavailable',
  'closed_organization',
  'unknown_event_type',
  'inactive_event_type',
]

type Wanted = z.output<typeof refusalListSchema> & { readonly organizationId: string }

/**
 * Lists the refused calls of an organization, latest first. Each refusal by a limit is stored with
 * its decision. Other refusals are sampled in the audit log. The list merges both.
 */
export const listRefusals = async (ctx: Context, wanted: Wanted): Promise<RefusalPage> => {
  const { organizationId, limit = DEFAULT_PAGE_SIZE, reason } = wanted
  const organization = await existing(ctx, organizationId)
  const keptFrom = new Date(ctx.clock.now().getTime() - ctx.retention.idsDays * DAY_MS)
  const query = queryOf(wanted, keptFrom, limit + 1)
  const others = OTHER_REASONS.filter((one) => reason === undefined || one === reason)
  const mayBeOther = others.length > 0 && query.meter === undefined
  const mayBeOfLimit = reason === undefined || others.length === 0
  // Writes this process's queued refusals first, so that the page includes them.
  await ctx.auditQueue.flush()
  const [ofLimits, ofOthers] = await asOrganization(ctx.db, organizationId, async (tx) => [
    mayBeOfLimit ? await refusedByLimits(tx, organizationId, query) : [],
    mayBeOther ? await refusedOtherwise(tx, organizationId, others, query) : [],
  ])
  const found = [
    ...ofLimits.map((row) => refusalOfLimits(ctx, organization, row)),
    ...ofOthers.map(otherRefusal),
  ].sort(latestFirst)
  const page = pageFrom(
    found,
    limit,
    (refusal) => refusal,
    ({ decidedAt, decisionId }) => `${decidedAt}_${decisionId}`,
  )
  return { ...page, items: [...page.items], keptFrom: keptFrom.toISOString() }
}

const queryOf = (
  { startDate, endDate, reason, refusedBy, eventType, cursor }: Wanted,
  keptFrom: Date,
  limit: number,
): RefusalQuery => {
  const [meter, window, ...rest] = refusedBy?.split('/') ?? []
  if (refusedBy !== undefined && (!meter || !window || rest.length > 0)) {
    throw invalid({ field: 'refusedBy', message: 'must be a limit, such as tokens/day' })
  }
  return {
    from: startDate && startDate > keptFrom ? startDate : keptFrom,
    to: endDate ?? FAR,
    reason,
    meter,
    window,
    eventType,
    limit,
    before: cursor === undefined ? undefined : placeOf(cursor),
  }
}

const FAR = new Date('9000-01-01T00:00:00Z')
const CURSOR = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)_([\w-]{1,64})$/

const placeOf = (cursor: string): { at: Date; id: string } => {
  const [, instant = '', id = ''] = CURSOR.exec(cursor) ?? []
  const at = new Date(instant)
  if (Number.isNaN(at.getTime())) throw noCursor()
  return { at, id }
}

const refusalOfLimits = (
  ctx: Context,
  organization: OrganizationRow,
  row: RefusedByLimits,
): Refusal => {
  const { reason, limits, credits } = keptDecisionValue(ctx, organization, {
    ...row,
    allowed: false,
  })
  return {
    decisionId: row.id,
    decidedAt: new Date(row.decidedAtMs).toISOString(),
    verb: row.verb,
    reason: reason ?? 'limit_exceeded',
    eventType: row.eventType,
    eventId: row.eventId,
    credits,
    refusedBy: limits.filter(({ refused }) => refused),
    standsFor: 1,
    explained: true,
  }
}

const otherRefusal = (row: RefusedOtherwise): Refusal => ({
  decisionId: row.id,
  decidedAt: row.decided_at.toISOString(),
  verb: row.verb,
  reason: row.reason as DecisionReason,
  eventType: row.event_type,
  eventId: null,
  credits: null,
  refusedBy: [],
  standsFor: row.stands_for,
  explained: false,
})

const latestFirst = (a: Refusal, b: Refusal): number =>
  placeText(a) < placeText(b) ? 1 : placeText(a) > placeText(b) ? -1 : 0

const placeText = ({ decidedAt, decisionId }: Refusal): string => `${decidedAt}_${decisionId}`
