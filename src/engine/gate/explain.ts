import type { Explanation, LimitState } from '../../contract/decision.ts'
import { TollgateError } from '../../contract/errors.ts'
import { decimalWords, meterWords, quantityWords } from '../../core/amount-words.ts'
import { numberFromUnits } from '../../core/amounts.ts'
import type { SeenBudget } from '../../core/budget.ts'
import { CREDITS_METER } from '../../core/catalog-words.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { type DecisionRow, findDecision } from '../../storage/gate/decisions.ts'
import type { Context } from '../context.ts'
import { existing } from '../tenancy/organizations.ts'
import { keptDecisionValue } from './track.ts'

/**
 * Explains a decision: the request, the level of each limit, and the catalog version that priced
 * it.
 */
export const explain = async (
  ctx: Context,
  { organizationId, decisionId }: { readonly organizationId: string; readonly decisionId: string },
): Promise<Explanation> => {
  const organization = await existing(ctx, organizationId)
  const row = await asOrganization(ctx.db, organizationId, (tx) =>
    findDecision(tx, organizationId, decisionId),
  )
  if (!row) throw new TollgateError('not_found', { detail: 'there is no such decision' })
  const decision = keptDecisionValue(ctx, organization, row.decision)
  const asked = Object.fromEntries(
    Object.entries(row.quantities).map(([meter, amount]) => [
      meter,
      typeof amount === 'number' ? wholeUnits(ctx, meter, amount) : amount,
    ]),
  )
  return {
    decision,
    verb: row.decision.verb,
    decidedAt: new Date(row.decision.decidedAtMs).toISOString(),
    eventId: row.decision.eventId,
    eventType: row.eventType,
    occurredAt: row.occurredAt.toISOString(),
    asked,
    catalog: { key: row.catalog, version: row.catalogVersion },
    story: storyOf(row, decision.limits, asked, decision.credits, (meter, units) =>
      numberFromUnits(units, ctx.catalog.meter(meter)?.scale ?? 0),
    ),
  }
}

const wholeUnits = (ctx: Context, meter: string, units: number): number =>
  numberFromUnits(BigInt(units), ctx.catalog.meter(meter)?.scale ?? 0)

/** The decision as sentences, in the order of its steps. */
const storyOf = (
  row: DecisionRow,
  limits: readonly LimitState[],
  asked: Readonly<Record<string, number | string>>,
  credits: number,
  unitsIn: UnitsIn,
): string[] => {
  const amounts = Object.entries(asked).map(([meter, amount]) => askedWords(meter, amount))
  return [
    `${row.eventType} was asked for (${row.decision.verb}), adding ${amounts.join(', ') || 'nothing'}.`,
    `It was priced at ${quantityWords(CREDITS_METER, credits)} by version ${row.catalogVersion} of ${row.catalog}.`,
    ...(row.leased ? ['The process had leased enough of every limit to decide by itself.'] : []),
    ...limits.map((limit) => sentenceOf(limit, asked[limit.meter])),
    ...(row.decision.budgets ?? []).map((seen) => sentenceOfBudget(seen, unitsIn)),
    row.decision.allowed ? 'So it was let through.' : 'So it was refused, and nothing was used up.',
  ]
}

/** For a meter of distinct values, names the value of the call. */
const askedWords = (meter: string, amount: number | string): string =>
  typeof amount === 'number' ? quantityWords(meter, amount) : `${amount} to ${meterWords(meter)}`

type UnitsIn = (meter: string, units: bigint) => number

const sentenceOfBudget = (seen: SeenBudget, unitsIn: UnitsIn): string => {
  const { budget, which, state, meter } = seen
  if (state === 'unknown') return `There is no budget ${budget}.`
  if (meter === undefined) return `The budget ${which} had ended.`
  const left = seen.max > seen.before ? seen.max - seen.before : 0n
  const had = `The budget ${which} had ${quantityWords(meter, unitsIn(meter, left))} left`
  const more = decimalWords(unitsIn(meter, seen.asked))
  return seen.refused ? `${had}: ${more} more would not fit.` : `${had}.`
}

const sentenceOf = (limit: LimitState, amount: number | string | undefined): string => {
  const stands = `${limit.limit} (${limit.behavior}) `
  if (limit.max === null) return `${stands}is unlimited.`
  if (limit.refused) {
    const until = limit.resetAt ? ` until ${limit.resetAt}` : ''
    const more = amount === undefined ? 'any' : decimalWords(amount)
    return `${stands}stood at ${usedWords(limit, limit.max)}: ${more} more would not fit${until}.`
  }
  const over = limit.overage > 0 ? `, ${decimalWords(limit.overage)} past its maximum` : ''
  return `${stands}came to ${usedWords(limit, limit.max)}${over}.`
}

const usedWords = ({ meter, used }: LimitState, max: number): string =>
  `${decimalWords(used)} of ${quantityWords(meter, max)}`
