import type { Explanation, LimitState } from '../../contract/decision.ts'
import { TollgateError } from '../../contract/errors.ts'
import { numberFromUnits } from '../../core/amounts.ts'
import { type DecisionRow, findDecision } from '../../storage/tables/decisions.ts'
import type { Context } from '../context.ts'
import { existing } from '../tenancy/organizations.ts'
import { decisionValue } from './decision-value.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Why it was decided so: what was asked, what each limit stood at, and the catalog that priced it. */
export const explain = async (
  ctx: Context,
  organizationId: string,
  decisionId: string,
): Promise<Explanation> => {
  const organization = await existing(ctx, organizationId)
  const row = UUID.test(decisionId)
    ? await findDecision(ctx.db, organizationId, decisionId)
    : undefined
  if (!row) throw new TollgateError('not_found', 'there is no such decision')
  const decision = decisionValue(
    {
      decisionId: row.id,
      decidedAtMs: row.decided_at.getTime(),
      allowed: row.allowed,
      microCredits: row.credits,
      limits: row.limits,
      warnPercent: row.warn_percent,
      eventId: row.allowed && row.verb === 'track' ? row.event_id : undefined,
    },
    organization,
    ctx.catalog,
  )
  const asked = Object.fromEntries(
    Object.entries(row.quantities).map(([meter, amount]) => [
      meter,
      typeof amount === 'number' ? wholeUnits(ctx, meter, amount) : amount,
    ]),
  )
  return {
    decision,
    verb: row.verb,
    decidedAt: row.decided_at.toISOString(),
    eventId: row.event_id,
    eventType: row.event_type,
    occurredAt: row.occurred_at.toISOString(),
    asked,
    catalog: { key: row.catalog, version: row.catalog_version },
    story: storyOf(row, decision.limits, asked, decision.credits),
  }
}

const wholeUnits = (ctx: Context, meter: string, units: number): number =>
  numberFromUnits(BigInt(units), ctx.catalog.meter(meter)?.scale ?? 0)

/** The decision in sentences, in the order in which it was made. */
const storyOf = (
  row: DecisionRow,
  limits: readonly LimitState[],
  asked: Readonly<Record<string, number | string>>,
  credits: number,
): string[] => {
  const amounts = Object.entries(asked).map(([meter, amount]) => `${amount} ${meter}`)
  return [
    `${row.event_type} was asked for (${row.verb}), adding ${amounts.join(', ') || 'nothing'}.`,
    `It was priced at ${credits} credits by version ${row.catalog_version} of ${row.catalog}.`,
    ...limits.map((limit) => sentenceOf(limit, asked[limit.meter])),
    row.allowed ? 'So it was let through.' : 'So it was refused, and nothing was used up.',
  ]
}

const sentenceOf = (limit: LimitState, amount: number | string | undefined): string => {
  const stands = `${limit.limit} (${limit.behavior}) `
  if (limit.max === null) return `${stands}is unlimited.`
  if (limit.refused) {
    return `${stands}stood at ${limit.used} of ${limit.max}: ${amount} more would not fit until ${limit.resetAt}.`
  }
  const over = limit.overage > 0 ? `, ${limit.overage} past its maximum` : ''
  return `${stands}came to ${limit.used} of ${limit.max}${over}.`
}
